package dev.wsgibridge.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import jakarta.servlet.http.HttpServletRequest;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ErrorLogTest {

  private final List<String> messages = new ArrayList<>();
  private final PrintWriter errors = writer();

  private PrintWriter writer() {
    HttpServletRequest request = mock(HttpServletRequest.class);
    Consumer<String> front = messages::add;
    when(request.getAttribute(WsgiServlet.ERRORS)).thenReturn(front);
    return ErrorLog.writer(request);
  }

  @Test
  void whatIsWrittenAtOnceIsOneMessage() {
    errors.println("Traceback:\n  line 1\n\nValueError");
    errors.print("begun, ");
    errors.println("ended");
    errors.println();
    errors.write("one\ntwo\n");
    assertThat(messages)
        .containsExactly("Traceback:\n  line 1\n\nValueError", "begun, ended", "one\ntwo");
  }

  @Test
  void whatHasNoEndIsWrittenAtTheFlush() {
    errors.print("begun");
    assertThat(messages).isEmpty();
    errors.flush();
    errors.flush();
    assertThat(messages).containsExactly("begun");
  }

  @Test
  void whatHasNoEndIsBounded() {
    errors.print("x".repeat(65_535));
    assertThat(messages).isEmpty();
    errors.print("x");
    assertThat(messages).containsExactly("x".repeat(65_536));
  }
}
