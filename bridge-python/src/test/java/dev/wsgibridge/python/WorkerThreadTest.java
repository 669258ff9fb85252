package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The wire, at whose other end is whatever these tests write there. */
class WorkerThreadTest {

  /** The number of the first request. */
  private static final int FIRST = 7;

  private static final EnvironText ENVIRON = new EnvironText("REQUEST_METHOD\u0100GET", 0);
  private static final byte[] NONE = {};

  // Answer.Kind, as Python numbers it.
  private static final int DONE = 0;
  private static final int UNFINISHED = 1;
  private static final int FILE = 2;
  private static final int STREAM = 5;

  @TempDir private Path folder;
  private SocketChannel python;
  private WorkerThread thread;
  private final AtomicInteger requests = new AtomicInteger(FIRST - 1);
  private final Recorded exchange = new Recorded();

  /** What Python has sent, in words. */
  private static final class Recorded implements Exchange {

    final List<String> events = new ArrayList<>();

    @Override
    public void send(byte @Nullable [] head, byte[] block) throws IOException {
      events.add("send " + (head == null ? "-" : Wire.text(head)) + " " + Wire.text(block));
      if (block.length == 0) {
        throw new IOException("the client has left");
      }
    }

    @Override
    public byte[] read(int size) throws IOException {
      events.add("read " + size);
      if (size == 13) {
        throw new IOException("reset");
      }
      return new byte[] {1, 2, 3};
    }

    @Override
    public void errors(String text) {
      events.add("errors " + text);
    }

    @Override
    public Map<String, Object> objects() {
      return Map.of();
    }
  }

  @BeforeEach
  void connect() throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
    try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(address);
      python = SocketChannel.open(address);
      thread = new WorkerThread(new Worker(1, 1, 0), 1, listening.accept(), requests);
    }
  }

  @AfterEach
  void close() throws IOException {
    python.close();
    thread.close();
  }

  private static ByteBuffer answer(int kind, @Nullable String head, String payload) {
    byte[] bytes = head == null ? NONE : Wire.utf8(head);
    return Wire.requestFrame(
        FIRST,
        Wire.ANSWER,
        ByteBuffer.allocate(5).put((byte) kind).putInt(head == null ? -1 : bytes.length).array(),
        bytes,
        Wire.utf8(payload));
  }

  private static ByteBuffer block(@Nullable String head, String block) {
    byte[] bytes = head == null ? NONE : Wire.utf8(head);
    return Wire.requestFrame(
        FIRST,
        Wire.BLOCK,
        ByteBuffer.allocate(4).putInt(head == null ? -1 : bytes.length).array(),
        bytes,
        Wire.utf8(block));
  }

  private static ByteBuffer frame(int type, String text) {
    return Wire.requestFrame(FIRST, type, Wire.utf8(text));
  }

  private static ByteBuffer read(int size) {
    return Wire.requestFrame(FIRST, Wire.READ, ByteBuffer.allocate(4).putInt(size).array());
  }

  private void say(ByteBuffer... frames) throws IOException {
    for (ByteBuffer frame : frames) {
      Wire.write(python, frame);
    }
  }

  /** The next frame of the first request that Python gets: its type and its contents. */
  private String heard() throws IOException {
    ByteBuffer head = ByteBuffer.allocate(Wire.FRAME_HEAD);
    Wire.read(python, head);
    assertThat(head.getInt(5)).isEqualTo(FIRST);
    ByteBuffer contents = ByteBuffer.allocate(head.getInt(1));
    Wire.read(python, contents);
    return head.get(0) + " " + new String(contents.array(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void aWholeAnswer() throws Exception {
    say(answer(DONE, "200 OK", "body"));
    Answer answer = thread.serve(exchange, ENVIRON, 5);
    assertThat(answer.kind()).isEqualTo(Answer.Kind.DONE);
    assertThat(answer.head()).asString().isEqualTo("200 OK");
    assertThat(answer.payload()).asString().isEqualTo("body");
    assertThat(thread.intact()).isTrue();
    assertThat(heard()).isEqualTo("32 \0\0\0\5\0\0\0\0REQUEST_METHOD\u00c4\u0080GET");
  }

  @Test
  void whatComesBeforeTheAnswer() throws Exception {
    say(
        frame(Wire.ERRORS, "careful"),
        read(70_000),
        read(13),
        block("200 OK", "a"),
        block(null, ""),
        block(null, "dropped"),
        answer(DONE, null, ""));
    assertThat(thread.serve(exchange, ENVIRON, 0).head()).isNull();
    assertThat(exchange.events)
        .containsExactly("errors careful", "read 65536", "read 13", "send 200 OK a", "send - ");
    assertThat(heard()).startsWith("32 ");
    assertThat(heard()).isEqualTo("33 \1\2\3");
    assertThat(heard()).isEqualTo("34 reset");
    assertThat(heard()).isEqualTo("35 the client has left");
  }

  @Test
  void whatComesAfterTheAnswer() throws Exception {
    say(answer(UNFINISHED, "200 OK", "body"), frame(Wire.ERRORS, "late"), frame(Wire.FINISHED, ""));
    Answer answer = thread.serve(exchange, ENVIRON, 0);
    assertThat(thread.intact()).isFalse();
    thread.finish(exchange, answer.kind());
    assertThat(thread.intact()).isTrue();
    assertThat(exchange.events).containsExactly("errors late");
  }

  @Test
  void theInputIsReadAfterTheAnswerToo() throws Exception {
    say(answer(UNFINISHED, "200 OK", "body"), read(5), frame(Wire.FINISHED, ""));
    Answer answer = thread.serve(exchange, ENVIRON, 0);
    thread.finish(exchange, answer.kind());
    assertThat(exchange.events).containsExactly("read 5");
    heard();
    assertThat(heard()).isEqualTo("33 \1\2\3");
  }

  /** Whatever an earlier request has left behind, nobody else gets it. */
  @ParameterizedTest
  @ValueSource(ints = {0, FIRST - 1, FIRST + 1, -1})
  void aFrameOfAnotherRequest(int number) throws Exception {
    byte[] contents = {DONE, 0, 0, 0, 1, 'h', 'i'};
    say(Wire.requestFrame(number, Wire.ANSWER, contents));
    assertThatThrownBy(() -> thread.serve(exchange, ENVIRON, 0))
        .hasMessage(
            "worker: found a frame of request %d, expected one of request 7"
                .formatted(Integer.toUnsignedLong(number)));
    assertThat(thread.intact()).isFalse();
  }

  @Test
  void eachRequestHasItsOwnNumber() throws Exception {
    requests.set(-2);
    for (int number : new int[] {-1, 1}) {
      say(Wire.requestFrame(number, Wire.ANSWER, new byte[] {DONE, -1, -1, -1, -1}));
      thread.serve(exchange, ENVIRON, 0);
    }
    assertThat(thread.intact()).isTrue();
  }

  @Test
  void bytesThatNobodyAskedForAreSeen() throws Exception {
    assertThat(thread.hasUnasked()).isFalse();
    say(answer(DONE, "200 OK", ""));
    thread.serve(exchange, ENVIRON, 0);
    assertThat(thread.hasUnasked()).isFalse();
    say(ByteBuffer.wrap(new byte[] {1}));
    assertThat(thread.hasUnasked()).isTrue();
  }

  @Test
  void aFileThatCanNotBeOpenedHereComesByBlocks() throws Exception {
    say(
        answer(FILE, "200 OK", "1\n0\n" + folder.resolve("missing")),
        block("200 OK", "its bytes"),
        answer(DONE, null, ""));
    assertThat(thread.serve(exchange, ENVIRON, 0).kind()).isEqualTo(Answer.Kind.DONE);
    assertThat(exchange.events).containsExactly("send 200 OK its bytes");
    heard();
    assertThat(heard()).isEqualTo(Wire.BLOCKS + " ");
  }

  @Test
  void aStreamIsReadToItsEnd() throws Exception {
    byte[] body = new byte[300_000];
    new Random(1).nextBytes(body);
    CompletableFuture<Void> saying =
        CompletableFuture.runAsync(
            () -> {
              try {
                say(
                    answer(STREAM, "200 OK", "300000"),
                    ByteBuffer.wrap(body),
                    frame(Wire.FINISHED, ""));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    Answer answer = thread.serve(exchange, ENVIRON, 0);
    ByteBuffer found = ByteBuffer.allocate(body.length);
    for (byte[] next = thread.next(); next.length > 0; next = thread.next()) {
      assertThat(next.length).isLessThanOrEqualTo(65_536);
      found.put(next);
    }
    assertThat(found.array()).isEqualTo(body);
    thread.finish(exchange, answer.kind());
    saying.join();
    assertThat(thread.intact()).isTrue();
  }

  @Test
  void aFileThatCanNotBeClosedIsTold() throws Exception {
    Path file = Files.createFile(folder.resolve("f"));
    say(answer(FILE, "200 OK", "1\n0\n" + file), frame(Wire.FINISHED, "no close"));
    Answer answer = thread.serve(exchange, ENVIRON, 0);
    assertThatThrownBy(() -> thread.finish(exchange, answer.kind())).hasMessage("no close");
    assertThat(thread.intact()).isTrue();
    heard();
    assertThat(heard()).isEqualTo(Wire.CLOSE + " ");
  }

  @Test
  void anyPieces() throws Exception {
    ByteBuffer all = ByteBuffer.allocate(1000);
    all.put(frame(Wire.ERRORS, "e"))
        .put(block("200 OK", "block"))
        .put(answer(DONE, null, "the end"));
    CompletableFuture<Void> saying =
        CompletableFuture.runAsync(
            () -> {
              try {
                for (int i = 0; i < all.position(); i++) {
                  say(ByteBuffer.wrap(all.array(), i, 1));
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertThat(thread.serve(exchange, ENVIRON, 0).payload()).asString().isEqualTo("the end");
    saying.join();
    assertThat(exchange.events).containsExactly("errors e", "send 200 OK block");
  }

  @ParameterizedTest
  @ValueSource(ints = {0x100001, 0x7fffffff, -1})
  void aFrameThatIsTooLongIsRefusedBeforeItIsTaken(int length) throws Exception {
    say(ByteBuffer.allocate(9).put((byte) Wire.ERRORS).putInt(length).putInt(FIRST).flip());
    assertThatThrownBy(() -> thread.serve(exchange, ENVIRON, 0))
        .hasMessage(
            "worker: found a frame of %d bytes, expected 1048576 at most"
                .formatted(Integer.toUnsignedLong(length)));
    assertThat(thread.intact()).isFalse();
  }

  @Test
  void aPartThatIsLongerThanItsFrame() throws Exception {
    say(Wire.requestFrame(FIRST, Wire.BLOCK, ByteBuffer.allocate(8).putInt(5).putInt(0).array()));
    assertThatThrownBy(() -> thread.serve(exchange, ENVIRON, 0))
        .hasMessage("worker: found a part of 5 bytes, expected 4 at most");
  }

  @Test
  void anAnswerOfNoKind() throws Exception {
    say(Wire.requestFrame(FIRST, Wire.ANSWER, new byte[] {77, -1, -1, -1, -1}));
    assertThatThrownBy(() -> thread.serve(exchange, ENVIRON, 0))
        .hasMessage("worker: found an answer of kind 77, which is none");
  }

  @ParameterizedTest
  @ValueSource(ints = {Wire.FINISHED, Wire.CALL, Wire.LOG, 127})
  void aFrameOutOfTurn(int type) throws Exception {
    say(frame(type, "x"));
    assertThatThrownBy(() -> thread.serve(exchange, ENVIRON, 0))
        .hasMessage("worker: found a frame of type %d, which is not its turn".formatted(type));
  }

  /** Whatever comes, an IOException or an answer is what becomes of it. */
  @Test
  void anyBytes() throws Exception {
    Random random = new Random(42);
    int answers = 0;
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      ByteBuffer noise = ByteBuffer.wrap(bytes);
      ByteBuffer likely =
          switch (random.nextInt(3)) {
            case 0 -> Wire.requestFrame(FIRST, Wire.ANSWER, bytes);
            case 1 -> Wire.requestFrame(FIRST, Wire.BLOCK, bytes);
            default -> noise;
          };
      say(likely);
      python.close();
      try {
        thread.serve(exchange, ENVIRON, 0);
        answers++;
      } catch (IOException e) {
        assertThat(thread.intact()).isFalse();
      }
      close();
      Files.delete(folder.resolve("s"));
      requests.set(FIRST - 1);
      connect();
    }
    assertThat(answers).isLessThan(2000);
  }
}
