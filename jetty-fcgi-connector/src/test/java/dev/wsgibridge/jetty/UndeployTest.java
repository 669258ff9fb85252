package dev.wsgibridge.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Header;
import dev.wsgibridge.StartResponse;
import dev.wsgibridge.await.Await;
import dev.wsgibridge.servlet.WsgiServlet;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A web application ends while a request is being answered. */
@Timeout(60)
class UndeployTest {

  /** What became of the application, in its order. */
  private static final Queue<String> STEPS = new ConcurrentLinkedQueue<>();

  private static volatile CountDownLatch inside = new CountDownLatch(1);
  private static volatile CountDownLatch open = new CountDownLatch(1);

  /** Answers when it may. */
  public static final class Slow implements Application, AutoCloseable {

    @Override
    public Body call(Environ environ, StartResponse startResponse) throws Exception {
      inside.countDown();
      open.await();
      STEPS.add("answered");
      startResponse.start("200 OK", Header.of("Content-Type", "text/plain"));
      return Body.of("whole");
    }

    @Override
    public void close() {
      STEPS.add("closed");
    }
  }

  private final Server server = new Server();
  private final LocalConnector connector = new LocalConnector(server);
  private final ServletContextHandler context = new ServletContextHandler();

  @BeforeEach
  void reset() {
    STEPS.clear();
    inside = new CountDownLatch(1);
    open = new CountDownLatch(1);
  }

  @AfterEach
  void stop() throws Exception {
    open.countDown();
    server.stop();
  }

  /** A request that is being answered. */
  private CompletableFuture<String> requested(String gracefulTimeout) throws Exception {
    ServletHolder holder = new ServletHolder(new WsgiServlet());
    holder.setInitParameter("application", Slow.class.getName());
    holder.setInitParameter("graceful-timeout", gracefulTimeout);
    context.setClassLoader(UndeployTest.class.getClassLoader());
    context.addServlet(holder, "/*");
    server.setHandler(context);
    server.addConnector(connector);
    server.start();
    CompletableFuture<String> answer = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                answer.complete(
                    connector.getResponse(
                        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
              } catch (Exception e) {
                answer.completeExceptionally(e);
              }
            })
        .start();
    Await.until("the request", () -> inside.getCount() == 0 || answer.isDone());
    return answer;
  }

  @Test
  void itIsAnsweredBeforeTheApplicationIsClosed() throws Exception {
    CompletableFuture<String> answer = requested("3600");
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    Thread stopping =
        new Thread(
            () -> {
              try {
                context.stop();
                stopped.complete(null);
              } catch (Exception e) {
                stopped.completeExceptionally(e);
              }
            });
    stopping.start();
    Await.until(
        "the web application to wait, or to end",
        () -> stopping.getState() == Thread.State.TIMED_WAITING || stopped.isDone());

    open.countDown();

    stopped.get();
    assertThat(answer.get()).startsWith("HTTP/1.1 200 ").endsWith("whole");
    assertThat(STEPS).containsExactly("answered", "closed");
  }

  @Test
  void itIsWaitedForNoLongerThanTheGracefulTimeout() throws Exception {
    CompletableFuture<String> answer = requested("0");

    context.stop();

    assertThat(STEPS).containsExactly("closed");
    assertThat(answer).isNotDone();
  }
}
