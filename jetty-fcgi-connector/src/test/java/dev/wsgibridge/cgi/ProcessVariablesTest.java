package dev.wsgibridge.cgi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.CgiParams;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessVariablesTest {

  @Test
  void bytesStayAsTheyAre() {
    CgiParams params =
        ProcessVariables.ofBytes("A=\u00e9=\u00ff\0EMPTY=\0=C:\0ODD\0B=2\0".getBytes(ISO_8859_1));

    assertThat(params.size()).isEqualTo(3);
    assertThat(params.last("A")).isEqualTo("\u00e9=\u00ff");
    assertThat(params.last("EMPTY")).isEmpty();
    assertThat(params.last("B")).isEqualTo("2");
  }

  @Test
  void textBecomesTheBytesThatItWasReadFrom() {
    assertThat(ProcessVariables.ofText(Map.of("A", "\u00e9"), UTF_8).last("A"))
        .isEqualTo("\u00c3\u00a9");
    assertThat(ProcessVariables.ofText(Map.of("A", "\u00e9"), ISO_8859_1).last("A"))
        .isEqualTo("\u00e9");
  }

  @Test
  void ourOwnAreNotTheRequests() {
    assertThat(ProcessVariables.ofText(Map.of("WSGI_BRIDGE_AJP_SECRET", "x"), UTF_8).size())
        .isZero();
  }

  @Test
  void thisProcessHasSome() {
    assertThat(ProcessVariables.params().last("PATH")).isEqualTo(System.getenv("PATH"));
  }
}
