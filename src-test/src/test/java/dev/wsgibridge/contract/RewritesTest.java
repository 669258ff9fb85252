package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.contract.front.FrontServer;
import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Rewrites of the web server, by the recipes of {@code docs/fronts.md}: not followed by default,
 * when the path is REQUEST_URI's, and followed with {@code --split front}.
 */
class RewritesTest {

  private static final Pattern LISTENING = Pattern.compile("Listening on (\\S+)");

  private static final String ECHO =
      """
      def application(environ, start_response):
          start_response("200 OK", [("Content-Type", "text/plain")])
          return ["{SCRIPT_NAME}|{PATH_INFO}|{QUERY_STRING}".format(**environ).encode()]
      """;

  /** HAProxy sends the rewritten path as REQUEST_URI, and so is always followed. */
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "HAPROXY")
  void areFollowedWithSplitFront(FrontServer front) throws Exception {
    assertThat(answer(front, List.of("--split", "front"))).isEqualTo("|/new/a b|q=1");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "HAPROXY")
  void areNotFollowedByDefault(FrontServer front) throws Exception {
    assertThat(answer(front, List.of())).isEqualTo("|/old/a b|q=1");
  }

  private static String answer(FrontServer front, List<String> options) throws IOException {
    assumeTrue(front.missing().isEmpty(), front.missing());
    Path folder = FrontServer.folder();
    Path echo = Files.writeString(folder.resolve("echo.py"), ECHO);
    List<String> served = new ArrayList<>(options);
    served.add(echo.toString());
    String name = "rewrites-%s-%d".formatted(front.word(), options.size());
    InetSocketAddress address = FrontServer.freeAddress();
    try (LoggedProcess bridge =
        LoggedProcess.start(
            name,
            new ProcessBuilder(Servers.run(served, List.of("--bind", "fcgi://127.0.0.1:0"))))) {
      String at = bridge.await(LISTENING, ServerProcess.PATIENCE_AT_START).group(1);
      String text =
          Fronted.print(
              front, List.of("--listen", "127.0.0.1:" + address.getPort(), "--bind", at), served);
      try (LoggedProcess started =
              front.start("front-" + name, folder, address, rewriting(front, text));
          HttpConnection client = HttpConnection.open(address)) {
        assertThat(started.isAlive()).isTrue();
        return client.ask(Request.get("/old/a%20b?q=1")).text();
      }
    }
  }

  private static String rewriting(FrontServer front, String text) {
    String rewriting =
        switch (front) {
          case NGINX -> text.replace("server {\n", "server {\n    rewrite ^/old/(.*)$ /new/$1;\n");
          case APACHE ->
              """
              # a2enmod rewrite
              RewriteEngine On
              RewriteRule ^/old/(.*)$ /new/$1 [PT]
              """
                  + text;
          case LIGHTTPD ->
              """
              server.modules += ( "mod_rewrite" )
              url.rewrite-once = ( "^/old/(.*)$" => "/new/$1" )
              """
                  + text;
          case CADDY -> text.replace(" {\n\tbind", " {\n\turi replace /old/ /new/\n\tbind");
          case HAPROXY -> throw new IllegalArgumentException("it has no recipe");
        };
    assertThat(rewriting).isNotEqualTo(text);
    return rewriting;
  }
}
