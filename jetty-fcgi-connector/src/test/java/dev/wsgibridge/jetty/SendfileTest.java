package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Header;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files over HTTP, which leave without passing through the JVM. */
@Timeout(60)
class SendfileTest {

  private static final int SIZE = 7_654_321;

  /** More than the sockets of both ends hold. */
  private static final long LARGE = 1L << 30;

  @TempDir private Path folder;
  private Path file;
  private byte[] bytes;
  private WsgiServer server;

  @BeforeEach
  void start() throws Exception {
    file = folder.resolve("file");
    bytes = new byte[SIZE];
    new Random(5).nextBytes(bytes);
    Files.write(file, bytes);
    server = WsgiServer.open(WsgiServer.Options.at(Bind.http("127.0.0.1", 0)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** The file from a position on, as many bytes of it as Content-Length says. */
  private Application part(long position, long length) {
    return (environ, startResponse) -> {
      FileInputStream stream = new FileInputStream(file.toFile());
      stream.getChannel().position(position);
      startResponse.start("200 OK", Header.of("Content-Length", Long.toString(length)));
      return Body.of(stream);
    };
  }

  private Socket asking(String request) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(16 * 1024);
    socket.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.addresses().get(0).port()));
    socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(ISO_8859_1));
    return socket;
  }

  private static final String REQUEST =
      """
      GET / HTTP/1.1
      Host: localhost

      """;

  /** The head of an answer, up to its empty line. */
  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int octet = in.read();
      if (octet < 0) {
        break;
      }
      head.write(octet);
    }
    return head.toString(ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource({"0, 7654321", "1, 7654320", "4097, 3000001", "65535, 65536", "7654320, 1"})
  void anyPartOfAFileIsSent(int position, int length) throws Exception {
    server.start(part(position, length));
    byte[] expected = Arrays.copyOfRange(bytes, position, position + length);

    try (Socket socket = asking(REQUEST)) {
      InputStream in = socket.getInputStream();
      assertThat(head(in)).contains("Content-Length: " + length + "\r\n");
      assertThat(in.readNBytes(length)).isEqualTo(expected);

      // The connection is kept.
      socket
          .getOutputStream()
          .write("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(ISO_8859_1));
      assertThat(head(in)).contains("Content-Length: " + length + "\r\n");
      socket.getOutputStream().write(REQUEST.replace("\n", "\r\n").getBytes(ISO_8859_1));
      head(in);
      assertThat(in.readNBytes(length)).isEqualTo(expected);
    }
    try (Socket socket = asking("GET / HTTP/1.0\n\n")) {
      InputStream in = socket.getInputStream();
      head(in);
      assertThat(in.readAllBytes()).isEqualTo(expected);
    }
  }

  @Test
  void afterABlockOfAnotherKindAFileIsAChunk() throws Exception {
    server.start(
        (environ, startResponse) -> {
          startResponse.start("200 OK").write(new byte[] {'a'});
          return Body.of(file);
        });

    try (Socket socket = asking(REQUEST)) {
      InputStream in = socket.getInputStream();
      assertThat(head(in)).contains("Transfer-Encoding: chunked\r\n");
      assertThat(in.readNBytes(6)).isEqualTo("1\r\na\r\n".getBytes(ISO_8859_1));
      byte[] size =
          (Integer.toHexString(SIZE).toUpperCase(Locale.ROOT) + "\r\n").getBytes(ISO_8859_1);
      assertThat(in.readNBytes(size.length)).isEqualTo(size);
      assertThat(in.readNBytes(SIZE)).isEqualTo(bytes);
      assertThat(in.readNBytes(7)).isEqualTo("\r\n0\r\n\r\n".getBytes(ISO_8859_1));
    }
  }

  @Test
  void noneOfItIsRead() throws Exception {
    FileInputStream stream = new FileInputStream(file.toFile());
    FileChannel channel = mock(FileChannel.class, delegatesTo(stream.getChannel()));
    server.start(
        (environ, startResponse) -> {
          startResponse.start("200 OK");
          return Body.of(
              new FileInputStream(file.toFile()) {
                @Override
                public FileChannel getChannel() {
                  return channel;
                }
              });
        });

    try (stream;
        Socket socket = asking(REQUEST)) {
      InputStream in = socket.getInputStream();
      head(in);
      assertThat(in.readNBytes(SIZE)).isEqualTo(bytes);
    }
    verify(channel, atLeastOnce()).transferTo(anyLong(), anyLong(), any());
    verify(channel, never()).read(any(ByteBuffer.class), anyLong());
  }

  /** A sparse one. */
  private void makeLarge() throws IOException {
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(LARGE);
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  @Timeout(20) // less than a connection may be idle
  void aFileThatShrinksBreaksTheAnswerOff(boolean chunked) throws Exception {
    makeLarge();
    server.start(
        (environ, startResponse) -> {
          var writer = startResponse.start("200 OK");
          if (chunked) {
            writer.write(new byte[] {'a'});
          }
          return Body.of(file);
        });

    try (Socket socket = asking(REQUEST)) {
      InputStream in = socket.getInputStream();
      assertThat(head(in)).startsWith("HTTP/1.1 200 OK\r\n");
      // The application has found the file as long as it was.
      long read = in.readNBytes(64 * 1024).length;
      try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
        large.setLength(SIZE);
      }
      byte[] block = new byte[64 * 1024];
      try {
        for (int n = in.read(block); n >= 0; n = in.read(block)) {
          read += n;
        }
      } catch (IOException e) {
        assertThat(e).hasMessage("Connection reset");
      }
      assertThat(read).isLessThan(LARGE);
    }
  }

  @Test
  void aClientThatLeavesEndsIt() throws Exception {
    makeLarge();
    CountDownLatch closed = new CountDownLatch(1);
    server.start(
        (environ, startResponse) -> {
          startResponse.start("200 OK");
          return Body.of(file).onClose(closed::countDown);
        });

    try (Socket socket = asking(REQUEST)) {
      head(socket.getInputStream());
    }

    closed.await();
  }
}
