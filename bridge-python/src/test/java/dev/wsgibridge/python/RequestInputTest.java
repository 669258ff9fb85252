package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Environ;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestInputTest {

  private static Environ environ(String method, int length, InputStream body) {
    Environ.Builder builder =
        Environ.request(method, "/", "HTTP/1.1")
            .server("localhost", 80)
            .client("127.0.0.1", 50_000)
            .streams(body, new PrintWriter(System.err, true, UTF_8));
    builder.mount("");
    if (length >= 0) {
      builder.header("Content-Length", Integer.toString(length));
    }
    return builder.build();
  }

  private static InputStream never() {
    return failing(() -> new AssertionError("it was read"));
  }

  private static <T extends Throwable> InputStream failing(Supplier<T> failure) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        return read(new byte[1], 0, 1);
      }

      @Override
      public int read(byte[] block, int offset, int length) throws IOException {
        T thrown = failure.get();
        if (thrown instanceof IOException e) {
          throw e;
        }
        throw (Error) thrown;
      }
    };
  }

  private static byte[] all(RequestInput input) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] block = input.read(1000); block.length > 0; block = input.read(1000)) {
      assertThat(block.length).isLessThanOrEqualTo(1000);
      all.write(block);
    }
    return all.toByteArray();
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aSmallBodyIsAtHand() throws IOException {
    byte[] body = bytes(100);
    RequestInput input =
        RequestInput.await(environ("POST", 100, new ByteArrayInputStream(body)), 0);
    assertThat(input.atHand()).isEqualTo(body);
    assertThat(all(input)).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16383, 16384, 16385, 65_535, 65_536, 65_537, 100_000})
  void everyByteComesOnceWhateverTheSize(int size) throws IOException {
    byte[] body = bytes(size);
    for (int told : new int[] {size, -1}) {
      for (int buffering : new int[] {0, 1, 16384, 1_000_000}) {
        try (RequestInput input =
            RequestInput.await(environ("POST", told, new ByteArrayInputStream(body)), buffering)) {
          assertThat(all(input)).isEqualTo(body);
          assertThat(input.spooled()).isEqualTo(buffering > 0 && size > buffering);
        }
      }
    }
  }

  /** Gives a byte at a time, so many in all. */
  private static final class Slow extends InputStream {

    private final int size;
    private int given;

    Slow(int size) {
      this.size = size;
    }

    @Override
    public int read() throws IOException {
      if (given == size) {
        throw new IOException("the client has left");
      }
      return given++ & 0xFF;
    }

    @Override
    public int read(byte[] block, int offset, int length) throws IOException {
      block[offset] = (byte) read();
      return 1;
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "8192, 8192", "65536, 65536", "65537, 65536", "1000000, 65536"})
  void noThreadOfPythonWaitsForWhatASlowClientSendsAtFirst(int told, int awaited)
      throws IOException {
    Slow client = new Slow(1_000_000);

    RequestInput.await(environ("POST", told, client), 0);

    assertThat(client.given).isEqualTo(awaited);
  }

  @Test
  void whatCameBeforeABodyFailedIsReadFirst() throws IOException {
    RequestInput input = RequestInput.await(environ("POST", 100, new Slow(3)), 0);

    assertThat(input.read(100)).containsExactly(0, 1, 2);
    assertThatThrownBy(() -> input.read(100)).hasMessage("the client has left");
  }

  @Test
  void nothingIsAwaitedThatNobodySends() throws IOException {
    RequestInput.await(environ("POST", 0, never()), 0);
    RequestInput.await(environ("GET", -1, never()), 0);
    RequestInput.await(environ("POST", -1, never()), 0);
    Environ expects = environ("POST", 5, never());
    expects.put("HTTP_EXPECT", "100-continue");
    assertThat(RequestInput.await(expects, 0).atHand()).isEmpty();
  }

  @Test
  void aBodyThatFailsIsTheApplicationsToHearUnlessAllIsAwaited() throws IOException {
    InputStream broken = failing(() -> new IOException("the client has left"));
    RequestInput input = RequestInput.await(environ("POST", 5, broken), 0);
    assertThat(input.atHand()).isEmpty();
    assertThatThrownBy(() -> input.read(5)).hasMessage("the client has left");
    assertThatThrownBy(() -> RequestInput.await(environ("POST", 5, broken), 100))
        .hasMessage("the client has left");
  }
}
