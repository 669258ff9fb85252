package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.Body;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are whole, and wait for clients that read slowly. */
@Isolated("the memory of all responses is counted together")
class SpooledReplyTest {

  /** A worker's, which breaks off where it has to. */
  private static final class Stream implements Python.Reply {

    private final Answer answer;
    private final Deque<byte[]> blocks = new ArrayDeque<>();
    private final boolean whole;
    private boolean sending;

    Stream(byte[] body, boolean whole) {
      answer = new Answer(Answer.Kind.STREAM, null, Long.toString(body.length).getBytes(UTF_8));
      this.whole = whole;
      for (int at = 0; at < body.length; at += 60_000) {
        blocks.add(Arrays.copyOfRange(body, at, Math.min(body.length, at + 60_000)));
      }
    }

    @Override
    public Answer answer() {
      return answer;
    }

    @Override
    public byte[] next() throws IOException {
      if (blocks.isEmpty() && !whole) {
        throw new IOException("the worker is gone");
      }
      return blocks.isEmpty() ? new byte[0] : blocks.remove();
    }

    @Override
    public void sending() {
      sending = true;
    }

    @Override
    public void end() {}
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private static byte[] all(Body body) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] block : body) {
      all.write(block);
    }
    body.close();
    return all.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {65_537, 1 << 20, 20 << 20})
  void aWorkersBodyIsFetchedBeforeItIsSent(int size) throws Exception {
    byte[] body = bytes(size);
    Stream reply = new Stream(body, true);

    Body fetched = SpooledReply.of(reply);

    assertThat(reply.blocks).isEmpty();
    assertThat(reply.sending).isTrue();
    assertThat(fetched.length()).isEqualTo(size);
    assertThat(all(fetched)).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(ints = {100_000, 20 << 20})
  void aWorkerThatDiesMeanwhileIsAFailure(int size) {
    assertThatThrownBy(() -> SpooledReply.of(new Stream(bytes(size), false)))
        .isInstanceOf(IOException.class)
        .hasMessage("the worker is gone");
  }

  /** Beyond 64 MB they are in files, and each has its own bytes. */
  @Test
  void manyThatAreOpenDoNotFillTheMemory() throws Exception {
    List<Body> open = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      open.add(SpooledReply.of(bytes((4 << 20) + i)));
    }
    int inMemory = 0;
    for (int i = 0; i < open.size(); i++) {
      byte[] body = bytes((4 << 20) + i);
      int blocks = 0;
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte[] block : open.get(i)) {
        all.write(block);
        blocks++;
      }
      inMemory += blocks == 1 ? 1 : 0;
      open.get(i).close();
      assertThat(all.toByteArray()).isEqualTo(body);
    }
    assertThat(inMemory).isBetween(1, 16);
    // All room was given back.
    Body last = SpooledReply.of(bytes(16 << 20));
    assertThat(last.iterator().next()).hasSize(16 << 20);
    last.close();
  }
}
