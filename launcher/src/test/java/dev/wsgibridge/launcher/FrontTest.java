package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is printed; that the servers take it is src-test's to show. */
class FrontTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path folder;

  private int run(String... arguments) {
    List<String> words = new ArrayList<>(List.of("front"));
    words.addAll(List.of(arguments));
    return Main.run(
        new Sources(Map.of(), folder),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8),
        new StopSignal(),
        words.toArray(String[]::new));
  }

  private String text(String arguments) {
    assertThat(run(arguments.split(" "))).as(err.toString(UTF_8)).isZero();
    assertThat(err.toString(UTF_8)).isEmpty();
    return out.toString(UTF_8);
  }

  @ParameterizedTest
  @EnumSource(FrontModule.class)
  void eachModuleHasItsText(FrontModule module) {
    String arguments =
        "%s --module %s --script-name /shop --script %s"
            .formatted(module.server(), module.title(), folder.resolve("start"));
    if (module.byHandler()) {
      arguments += " --via sethandler";
    }
    if (module.usual() != null) {
      arguments += " --bind " + module.usual();
    }
    assertThat(text(arguments))
        .startsWith("# WSGI Bridge")
        .contains("/shop")
        .doesNotContainPattern("@[a-z-]+\\??@");
  }

  @Test
  void withoutABindItSaysWhatItAssumes() {
    assertThat(text("nginx"))
        .startsWith("# No --bind was given. This is for --bind fcgi://127.0.0.1:9000\n")
        .contains("server 127.0.0.1:9000;", "location / {", "listen 80;");
  }

  @Test
  void severalBindsAreSeveralTexts() {
    assertThat(text("nginx --bind fcgi+unix:///run/a.sock --bind scgi://127.0.0.1:4000"))
        .contains("server unix:/run/a.sock;", "scgi_pass 127.0.0.1:4000;", "SCGI               1;");
  }

  @Test
  void aLineStandsWhereItsOptionIs() {
    assertThat(text("nginx --keep-alive off")).doesNotContain("upstream", "keep_conn");
    out.reset();
    assertThat(text("nginx --header-map dangerous")).contains("underscores_in_headers on;");
    out.reset();
    assertThat(text("apache --bind ajp://127.0.0.1:8009 --ajp-secret s3cret"))
        .contains("secret=s3cret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--script-name /shop x", "--mount /shop=x", "--mount /shop/=x"})
  void theOnlyApplicationsPathIsHandedOn(String arguments) {
    assertThat(text("apache " + arguments)).contains("<Location \"/shop\">");
  }

  @Test
  void theScriptStartsWhatIsServed() throws IOException {
    Path script = folder.resolve("app.fcgi");
    for (int i = 0; i < 2; i++) {
      assertThat(
              run(
                  "apache",
                  "--script",
                  script.toString(),
                  "--keep-alive",
                  "off",
                  "--bind",
                  "fcgi+fd:0",
                  "--lint",
                  "it's.py"))
          .isZero();
    }
    assertThat(script).isExecutable();
    assertThat(Files.readString(script))
        .startsWith("#!/bin/sh\n")
        .endsWith("exec 'wsgi-bridge' '--bind=fcgi+fd:0' '--lint' 'it'\\''s.py'\n");
  }

  @Test
  void someoneElsesFileIsNotOverwritten() throws IOException {
    Path file = Files.writeString(folder.resolve("mine"), "#!/bin/sh\n");
    assertThat(run("apache", "--module", "mod_cgid", "--script", file.toString())).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("is there already");
    assertThat(file).content().isEqualTo("#!/bin/sh\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "iis | front: found 'iis', expected one of nginx, apache, lighttpd, caddy, haproxy",
        "nginx --bind ajp://h:1 | --bind: found 'ajp://h:1', expected one of fcgi://HOST:PORT, scgi://HOST:PORT, uwsgi://HOST:PORT",
        "nginx --bind http://h:1 | --bind: found 'http://h:1', expected one of fcgi://HOST:PORT, scgi://HOST:PORT, uwsgi://HOST:PORT",
        "nginx --bind fcgi://h:0 | --bind: found fcgi://h:0, expected the port that it gets",
        "nginx --bind fcgi+fd:0 | --bind: found fcgi+fd:0, expected an address to which ngx_http_fastcgi_module can connect, such as fcgi://127.0.0.1:9000",
        "apache --module mod_jk --bind ajp+unix:///run/a | --bind: found ajp+unix:///run/a, expected an address to which mod_jk can connect, such as ajp://127.0.0.1:8009",
        "apache --module mod_php | --module: found 'mod_php', expected one of mod_proxy_fcgi, mod_fcgid, mod_authnz_fcgi, mod_proxy_scgi, mod_proxy_uwsgi, mod_proxy_ajp, mod_jk, mod_cgid",
        "apache --module mod_cgid | mod_cgid starts the application: expected --script FILE, the script to be written for that",
        "lighttpd --bind ajp://127.0.0.1:8009 --ajp-secret s | mod_ajp13 sends no secret: found one, expected --bind ajp://127.0.0.1:8009 or ajp+unix:///PATH without --ajp-secret",
        "apache --split front --bind ajp://127.0.0.1:8009 | --split: found front, but mod_proxy_ajp sends no PATH_INFO by ajp; expected --bind fcgi://HOST:PORT, or the path from REQUEST_URI, as it comes without --split",
        "apache --via magic | --via: found 'magic', expected proxypass or sethandler",
        "nginx --via sethandler | --via: found sethandler, expected it with Apache's mod_proxy_fcgi only",
        "nginx --keep-alive yes | --keep-alive: found 'yes', expected on or off",
        "nginx --script-name /a\"b | the path: a character in it would need escaping in the server's configuration; print it with another, and change it there"
      })
  void whatCantBeHadIsSaid(String arguments, String message) {
    assertThat(run(arguments.split(" "))).isEqualTo(1);
    assertThat(err.toString(UTF_8))
        .isEqualToNormalizingNewlines("wsgi-bridge front: %s\n".formatted(message));
    assertThat(out.toString(UTF_8)).isEmpty();
  }
}
