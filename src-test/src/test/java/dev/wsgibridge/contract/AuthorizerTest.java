package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wsgibridge.contract.fixtures.Doorkeeper;
import dev.wsgibridge.contract.front.FrontServer;
import dev.wsgibridge.contract.http.HttpConnection;
import dev.wsgibridge.contract.http.Request;
import dev.wsgibridge.contract.http.Response;
import dev.wsgibridge.contract.process.LoggedProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * FastCGI's role AUTHORIZER, with its real client: Apache's mod_authnz_fcgi asks the bridge whether
 * someone may come in, and what it answers reaches the protected application.
 */
class AuthorizerTest {

  @Test
  void letsInRefusesAndTellsTheProtectedApplication() throws IOException {
    for (String missing :
        List.of(FrontServer.APACHE.missing(), FrontServer.APACHE.missing("authnz_fcgi"))) {
      assumeTrue(missing.isEmpty(), missing);
    }
    List<String> application =
        List.of(
            Doorkeeper.class.getName(),
            "--remote-user",
            "--classpath",
            Servers.module().resolve("target/classes").toString());
    LoggedProcess bridge =
        LoggedProcess.start(
            "authorizer",
            new ProcessBuilder(Servers.run(application, List.of("--bind", "fcgi://127.0.0.1:0"))));
    try (bridge) {
      String bind =
          bridge
              .await(Pattern.compile("Listening on (\\S+)"), ServerProcess.PATIENCE_AT_START)
              .group(1);
      Path folder = FrontServer.folder();
      InetSocketAddress address = FrontServer.freeAddress();
      String text =
          Fronted.print(
                  FrontServer.APACHE,
                  List.of("--module", "mod_authnz_fcgi", "--bind", bind),
                  application)
              + Fronted.print(FrontServer.APACHE, List.of("--bind", bind), application);
      try (LoggedProcess front =
              FrontServer.APACHE.start("front-authorizer", folder, address, text);
          HttpConnection connection = HttpConnection.open(address)) {
        assertThat(front.isAlive()).isTrue();
        assertThat(connection.ask(Request.get("/")).status()).isEqualTo(401);
        assertThat(connection.ask(knock("ada:wrong")).status()).isEqualTo(401);
        assertThat(connection.ask(knock("eve:enigma")).status()).isEqualTo(401);
        Response welcome = connection.ask(knock("ada:enigma"));
        assertThat(welcome.status()).isEqualTo(200);
        assertThat(welcome.text()).isEqualTo("user ada, level gold");
      }
    }
  }

  private static Request knock(String credentials) {
    byte[] bytes = credentials.getBytes(StandardCharsets.US_ASCII);
    return Request.get("/")
        .with("Authorization: Basic " + Base64.getEncoder().encodeToString(bytes));
  }
}
