package dev.wsgibridge.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.codec.AjpFront;
import dev.wsgibridge.codec.FastCgiFront;
import dev.wsgibridge.codec.Limits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A front that sends and doesn't read: it is read from no more until it does. */
class UnreadRepliesTest {

  private static final int MANY = 2 << 20;

  /** Keeps the requests, or answers each at once. */
  private static final class Requests extends Handler.Abstract {

    final List<Callback> kept = new ArrayList<>();
    boolean keeps;
    int count;

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      count++;
      if (keeps) {
        kept.add(callback);
      } else {
        response.write(true, ByteBuffer.wrap("hello".getBytes(ISO_8859_1)), callback);
      }
      return true;
    }
  }

  private final Requests requests = new Requests();

  private static byte[] repeated(byte[] bytes, int size) {
    byte[] all = new byte[size / bytes.length * bytes.length];
    for (int at = 0; at < all.length; at += bytes.length) {
      System.arraycopy(bytes, 0, all, at, bytes.length);
    }
    return all;
  }

  private static byte[] record(GatewayProtocol protocol) {
    return protocol == GatewayProtocol.AJP
        ? AjpFront.cping()
        : new FastCgiFront().record(99, 0, new byte[0]).bytes();
  }

  @ParameterizedTest
  @EnumSource(names = {"FCGI", "AJP"})
  void repliesWaitUpToABound(GatewayProtocol protocol) throws Exception {
    try (InMemoryFront front = new InMemoryFront(protocol, Limits.DEFAULT, requests)) {
      byte[] records = repeated(record(protocol), MANY);
      front.connect();
      front.send(records);

      assertThat(front.read()).isGreaterThan(0).isLessThan(4L * WriteQueue.REPLY_BYTES);

      long taken = 0;
      for (byte[] bytes = front.take(); bytes.length > 0; bytes = front.take()) {
        taken += bytes.length;
      }
      assertThat(front.read()).isEqualTo(records.length);
      assertThat(taken)
          .isEqualTo(records.length / record(protocol).length * (long) reply(protocol));
      front.disconnect();
      assertThat(front.leaks()).isZero();
    }
  }

  private static int reply(GatewayProtocol protocol) {
    return protocol == GatewayProtocol.AJP ? 5 : 16;
  }

  @Test
  void answersWaitUpToABound() throws Exception {
    Limits limits = new Limits(1 << 20, 16);
    try (InMemoryFront front = new InMemoryFront(GatewayProtocol.FCGI, limits, requests)) {
      front.connect();
      for (int id = 1; id <= 1000; id++) {
        front.send(request(id));
      }

      // And what fits into the connection.
      assertThat(requests.count).isBetween(16, 40);

      while (front.take().length > 0) {
        // Until all is answered.
      }
      assertThat(front.read()).isEqualTo(1000L * request(1).length);
      front.disconnect();
      assertThat(front.leaks()).isZero();
    }
  }

  private static byte[] request(int id) {
    return new FastCgiFront()
        .request(id, 1, "", "REQUEST_METHOD", "GET", "REQUEST_URI", "/")
        .bytes();
  }

  @Test
  void bodiesWaitUpToABound() throws Exception {
    requests.keeps = true;
    try (InMemoryFront front = new InMemoryFront(GatewayProtocol.FCGI, Limits.DEFAULT, requests)) {
      FastCgiFront records = new FastCgiFront();
      for (int id = 1; id <= 100; id++) {
        records
            .begin(id, 1, 1)
            .params(id, "REQUEST_METHOD", "POST", "REQUEST_URI", "/")
            .endParams(id)
            .stream(5, id, new byte[100_000], 8192);
      }
      byte[] all = records.bytes();
      front.connect();
      front.send(all);

      assertThat(front.read()).isBetween(1L << 20, (1L << 20) + (200 << 10));

      // Who is answered has no body that waits.
      while (!requests.kept.isEmpty()) {
        List<Callback> answered = new ArrayList<>(requests.kept);
        requests.kept.clear();
        answered.forEach(Callback::succeeded);
        front.run();
        while (front.take().length > 0) {
          // Until all is written.
        }
      }
      assertThat(requests.count).isEqualTo(100);
      assertThat(front.read()).isEqualTo(all.length);
      front.disconnect();
      assertThat(front.leaks()).isZero();
    }
  }

  @Test
  void whoLeavesMeanwhileLeavesNothing() throws Exception {
    try (InMemoryFront front = new InMemoryFront(GatewayProtocol.FCGI, Limits.DEFAULT, requests)) {
      front.connect();
      front.send(repeated(record(GatewayProtocol.FCGI), MANY));
      front.disconnect();

      assertThat(front.leaks()).isZero();
    }
  }

  @Test
  void requestsHoldMemoryUpToABound() throws Exception {
    requests.keeps = true;
    Limits limits = new Limits(100_000, 256);
    try (InMemoryFront front = new InMemoryFront(GatewayProtocol.FCGI, limits, requests)) {
      byte[] most = new byte[90_000];
      Arrays.fill(most, (byte) 'a');
      front.connect();
      for (int id = 1; id <= 20; id++) {
        front.send(new FastCgiFront().begin(id, 1, 1).stream(4, id, most, 8192).bytes());
      }
      String sent = new String(front.take(), ISO_8859_1);

      // Eight at their limit, and not twenty.
      assertThat(sent).contains("Status: 503 Service Unavailable");
      front.disconnect();
    }
  }
}
