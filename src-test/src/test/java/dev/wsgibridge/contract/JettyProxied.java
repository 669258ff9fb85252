package dev.wsgibridge.contract;

import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code ./run} with Jetty's own FastCGI proxy before it: see {@link JettyProxy}. */
record JettyProxied(Hosted hosted) implements Server {

  private static final String MOUNT = "/mounted/here";

  private static final Pattern LISTENING = Pattern.compile("Listening on fcgi://[0-9.]+:([0-9]+)");

  private static final Deviation PORT =
      Deviation.of(
          "Jetty's proxy says at which port it got the request (RFC 3875, 4.1.15), not what Host says",
          "expected: \"(80|81|8123)\" but was: \"\\d{4,5}\"");

  private static final Deviation BROKEN_UPLOAD =
      Deviation.of(
          "Jetty's proxy answers an upload that broke off or is malformed with 502, by itself",
          "expected: 400 but was: 502");

  @Override
  public String name() {
    return "FastCGIProxyServlet of 12.0";
  }

  @Override
  public String front() {
    return "Jetty 12.1";
  }

  @Override
  public String protocol() {
    return "FastCGI";
  }

  @Override
  public String container() {
    return "`./run`";
  }

  @Override
  public Map<String, Deviation> deviations() {
    Map<String, Deviation> known = new HashMap<>();
    known.put("reasonPhrase", Servers.REASON);
    known.put("continueIsNotSentWhereNobodyReads", FrontDeviations.CONTINUE);
    known.put("continueIsNeverSentAfterTheHead", FrontDeviations.CONTINUE);
    known.put("serverNameIsTheHost(Host: example.test:8123, example.test, 8123)", PORT);
    known.put("serverNameIsTheHost(Host: example.test, example.test, 80)", PORT);
    known.put("serverNameIsTheHost(Host: [::1]:8123, [::1], 8123)", PORT);
    known.put("serverNameIsTheHost(Host: 127.0.0.1:81, 127.0.0.1, 81)", PORT);
    known.put("malformedChunksAreRefused(zz\r\nabc\r\n0\r\n\r\n)", BROKEN_UPLOAD);
    known.put("malformedChunksAreRefused(3\r\nabcdef\r\n0\r\n\r\n)", BROKEN_UPLOAD);
    known.put("malformedChunksAreRefused(-3\r\nabc\r\n)", BROKEN_UPLOAD);
    known.put("uploadThatBreaksOffIsNotWhole(Content-Length: 100)", BROKEN_UPLOAD);
    known.put("uploadThatBreaksOffIsNotWhole(Transfer-Encoding: chunked)", BROKEN_UPLOAD);
    known.put(
        "requestStringsAreBytes",
        Deviation.of(
            "Jetty's proxy takes header values for Latin-1 and sends them as UTF-8",
            "expected: \"caf\u00e9\" but was: \"caf\u00c3\u00a9\""));
    known.put(
        "pathThatHttpForbidsIsExactOrRefused(/environ/caf\u00e9)",
        Deviation.of(
            "Jetty puts U+FFFD where the bytes of a path are no UTF-8",
            "but was: \"/environ/caf\u00ef\u00bf\u00bd\""));
    known.put(
        "repeatedHeadersGoOutAsTheyAre",
        Deviation.of(
            "Jetty's proxy writes response headers anew, without the space behind a semicolon",
            "Expecting actual: \\[\"a=1;Path=/\", \"b=2;Path=/\"\\]"));
    return known;
  }

  @Override
  public Running start() throws IOException {
    LoggedProcess bridge =
        LoggedProcess.start(
            "jetty-proxied",
            new ProcessBuilder(
                Servers.run(
                    Servers.application(MOUNT, hosted, Scale.USUAL),
                    List.of("--bind", "fcgi://127.0.0.1:0"))));
    try {
      List<String> front =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-cp",
              System.getProperty("java.class.path"),
              JettyProxy.class.getName(),
              bridge.await(LISTENING, ServerProcess.PATIENCE_AT_START).group(1));
      return new Proxied(bridge, ServerProcess.start(new ProcessBuilder(front), MOUNT));
    } catch (AssertionError | IOException e) {
      bridge.close();
      throw e;
    }
  }

  private record Proxied(LoggedProcess bridge, ServerProcess front) implements Running {

    @Override
    public InetSocketAddress address() {
      return front.address();
    }

    @Override
    public String mount() {
      return front.mount();
    }

    @Override
    public String log() {
      return bridge.log();
    }

    @Override
    public void awaitLog(String text) {
      bridge.await(Pattern.compile(Pattern.quote(text)), ServerProcess.PATIENCE);
    }

    @Override
    public void close() {
      bridge.close();
      front.close();
    }
  }
}
