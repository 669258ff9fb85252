package dev.wsgibridge.python;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wsgibridge.LoadException;
import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls, their turn, and their end, with an interpreter that does what the test says. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InProcessTest {

  private static final Duration SHORT = Duration.ofMillis(50);
  private static final byte[] NO_BYTES = {};

  /** What Python does in a call. */
  @FunctionalInterface
  private interface Behaviour {
    Answer serve(Exchange exchange) throws InterruptedException, IOException;
  }

  /** Python as the test wants it: the environ's text names a behaviour. */
  private static final class Scripted implements Carrier {

    final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
    final List<String> events = new CopyOnWriteArrayList<>();
    final AtomicInteger loaded = new AtomicInteger();
    volatile Runnable onInterrupt = () -> {};

    private void record(String what) {
      events.add(what + " by " + Thread.currentThread().getName());
    }

    @Override
    public String description() {
      return "scripted";
    }

    @Override
    public void start(String host) {
      record("start");
    }

    @Override
    public void attach() {
      record("attach");
    }

    @Override
    public Answer call(
        HostFunction function, Exchange exchange, int number, int flags, String text) {
      if (function == HostFunction.LOAD) {
        return done(Integer.toString(loaded.getAndIncrement()));
      }
      String name = function == HostFunction.SERVE ? text : function.pythonName();
      record(name);
      try {
        return behaviours.getOrDefault(name, any -> done(name)).serve(exchange);
      } catch (InterruptedException | IOException e) {
        return new Answer(Answer.Kind.FAILED, null, e.toString().getBytes(UTF_8));
      }
    }

    @Override
    public String stack(Thread thread) {
      return "  File \"app.py\", line 7, in %s".formatted(thread.getName());
    }

    @Override
    public void interrupt(Thread thread) {
      record("interrupt of " + thread.getName());
      onInterrupt.run();
    }

    @Override
    public void recover() {
      record("recover");
    }

    @Override
    public void detach() {
      record("detach");
    }

    @Override
    public boolean permanent() {
      return false;
    }

    @Override
    public void close() {
      record("close");
    }
  }

  private static Answer done(String text) {
    return new Answer(Answer.Kind.DONE, NO_BYTES, text.getBytes(UTF_8));
  }

  private final Object key = new Object();
  private final Scripted carrier = new Scripted();
  private final CountDownLatch release = new CountDownLatch(1);
  private final List<InProcess> loaded = new ArrayList<>();

  private InProcess load(String name, int threads, int backlog, Duration timeout)
      throws LoadException {
    Workers workers = new Workers(0, timeout, 0, 0, 0, false, false);
    LoadOptions options =
        new LoadOptions(
            LoadOptions.AUTO,
            List.of(),
            workers,
            threads,
            backlog,
            InProcessTest.class.getClassLoader());
    InProcess made =
        InProcess.load(new PythonChoice.Interpreter(key, "a test", () -> carrier), name, options);
    loaded.add(made);
    return made;
  }

  @AfterEach
  void close() {
    release.countDown();
    loaded.forEach(InProcess::close);
  }

  private Answer hang(Exchange unused) throws InterruptedException {
    release.await();
    return done("late");
  }

  private static CompletableFuture<String> begin(InProcess python, String text) {
    return begin(python, text, Exchange.NONE);
  }

  private static CompletableFuture<String> begin(InProcess python, String text, Exchange exchange) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread caller =
        new Thread(
            () -> {
              try {
                Python.Reply reply = python.call(exchange, new EnvironText(text, 0));
                reply.end();
                answer.complete(new String(reply.answer().payload(), UTF_8));
              } catch (UnansweredException | IOException | RuntimeException e) {
                answer.completeExceptionally(e);
              }
            });
    caller.setDaemon(true);
    caller.start();
    return answer;
  }

  private static UnansweredException unanswered(CompletableFuture<String> call)
      throws InterruptedException {
    try {
      throw new AssertionError("answered " + call.get());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnansweredException unanswered) {
        return unanswered;
      }
      throw new AssertionError(e);
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }

  private boolean happened(String event) {
    return carrier.events.stream().anyMatch(event::equals);
  }

  // --- Turns ------------------------------------------------------------------------------------

  @Test
  void threadsComeAsTheyAreNeededAndEndWithTheInterpreter() throws Exception {
    InProcess python = load("a", 3, 100, Duration.ZERO);
    assertThat(carrier.events).containsExactly("start by python-1");
    CountDownLatch allBusy = new CountDownLatch(3);
    carrier.behaviours.put(
        "busy",
        exchange -> {
          allBusy.countDown();
          return hang(exchange);
        });
    List<CompletableFuture<String>> calls = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      calls.add(begin(python, "busy"));
    }
    allBusy.await();
    release.countDown();
    for (CompletableFuture<String> call : calls) {
      assertThat(call.get()).isEqualTo("late");
    }
    loaded.remove(python);
    python.close();
    assertThat(carrier.events)
        .filteredOn(event -> !event.startsWith("busy"))
        .containsExactlyInAnyOrder(
            "start by python-1",
            "attach by python-2",
            "attach by python-3",
            "exit by python-1",
            "detach by python-1",
            "detach by python-2",
            "detach by python-3",
            "close by " + Thread.currentThread().getName());
  }

  @Test
  void tooManyThatWaitAreRefused() throws Exception {
    InProcess python = load("a", 1, 2, Duration.ZERO);
    carrier.behaviours.put("hang", this::hang);
    CompletableFuture<String> busy = begin(python, "hang");
    await(() -> happened("hang by python-1"));
    List<CompletableFuture<String>> rest = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      rest.add(begin(python, "next"));
    }
    await(() -> rest.stream().anyMatch(CompletableFuture::isDone));
    release.countDown();
    int answered = 0;
    for (CompletableFuture<String> each : rest) {
      if (each.handle((answer, failure) -> failure == null).get()) {
        answered++;
      } else {
        assertThat(unanswered(each).status())
            .isEqualTo(UnansweredException.Status.SERVICE_UNAVAILABLE);
      }
    }
    assertThat(answered).isEqualTo(2);
    assertThat(busy.get()).isEqualTo("late");
  }

  @Test
  void whoLeavesWhileItWaitsIsDropped() throws Exception {
    InProcess python = load("a", 1, 100, Duration.ZERO);
    carrier.behaviours.put("hang", this::hang);
    CompletableFuture<String> busy = begin(python, "hang");
    await(() -> happened("hang by python-1"));
    CompletableFuture<String> left = begin(python, "left", new Gone());
    assertThat(unanswered(left)).hasMessageContaining("the client has left");
    release.countDown();
    assertThat(busy.get()).isEqualTo("late");
    assertThat(begin(python, "next").get()).isEqualTo("next");
    assertThat(happened("left by python-1")).isFalse();
  }

  /** The request of a client that has left. */
  private static final class Gone implements Exchange {
    final List<String> sent = new CopyOnWriteArrayList<>();

    @Override
    public void send(byte @Nullable [] head, byte[] block) {
      sent.add(new String(block, UTF_8));
    }

    @Override
    public byte[] read(int size) {
      return NO_BYTES;
    }

    @Override
    public boolean clientLeft() {
      return true;
    }

    @Override
    public void errors(String text) {}

    @Override
    public Map<String, Object> objects() {
      return Map.of();
    }
  }

  @Test
  void noApplicationTakesTheThreadsOfAnother() throws Exception {
    InProcess hanging = load("a", 2, 100, Duration.ZERO);
    InProcess other = load("b", 1, 100, Duration.ZERO);
    carrier.behaviours.put("hang", this::hang);
    List<CompletableFuture<String>> hung = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      hung.add(begin(hanging, "hang"));
    }
    await(() -> carrier.events.stream().filter(event -> event.startsWith("hang")).count() == 2);
    assertThat(begin(other, "other").get()).isEqualTo("other");
    assertThat(hung).noneMatch(CompletableFuture::isDone);
  }

  // --- Calls that hang --------------------------------------------------------------------------

  @Test
  void aCallThatHangsIsAnsweredAndItsExceptionFreesTheThread() throws Exception {
    InProcess python = load("a", 1, 100, SHORT);
    carrier.behaviours.put("hang", this::hang);
    carrier.onInterrupt = release::countDown;
    UnansweredException late = unanswered(begin(python, "hang"));
    assertThat(late.status()).isEqualTo(UnansweredException.Status.GATEWAY_TIMEOUT);
    assertThat(late)
        .hasMessage(
            """
            python-1 was silent for 50 ms, which is the --timeout: it is given up and gets an exception; it stood at
              File "app.py", line 7, in python-1""");
    assertThat(begin(python, "next").get()).isEqualTo("next");
    assertThat(carrier.events)
        .containsSubsequence(
            "hang by python-1",
            "attach by python-interrupter",
            "interrupt of python-1 by python-interrupter",
            "recover by python-1",
            "next by python-1");
  }

  @Test
  void whatComesLateReachesNobody() throws Exception {
    InProcess python = load("a", 1, 100, SHORT);
    Gone request = new Gone();
    CompletableFuture<String> refused = new CompletableFuture<>();
    carrier.behaviours.put(
        "hang",
        exchange -> {
          release.await();
          try {
            exchange.send(NO_BYTES, "late".getBytes(UTF_8));
          } catch (IOException e) {
            refused.complete(e.getMessage());
          }
          assertThatThrownBy(() -> exchange.read(1)).hasMessage("the request is over");
          return done("late");
        });
    unanswered(begin(python, "hang", request));
    release.countDown();
    assertThat(refused.get()).isEqualTo("the request is over");
    assertThat(begin(python, "next").get()).isEqualTo("next");
    assertThat(request.sent).isEmpty();
  }

  @Test
  void aFileThatComesLateIsClosed() throws Exception {
    InProcess python = load("a", 1, 100, SHORT);
    carrier.behaviours.put(
        "hang",
        exchange -> {
          release.await();
          return new Answer(Answer.Kind.FILE, NO_BYTES, "4\n0\n/file".getBytes(UTF_8));
        });
    unanswered(begin(python, "hang"));
    release.countDown();
    await(() -> happened("close by python-1"));
  }

  @Test
  void aThreadThatStaysIsReplacedAndMayComeBack() throws Exception {
    InProcess python = load("a", 1, 100, SHORT);
    carrier.behaviours.put("hang", this::hang);
    unanswered(begin(python, "hang"));
    assertThat(begin(python, "next").get()).isEqualTo("next");
    assertThat(happened("next by python-2")).isTrue();
    release.countDown();
    await(() -> happened("recover by python-1"));
    assertThat(begin(python, "again").get()).isEqualTo("again");
    assertThat(python.stuck().toCompletableFuture()).isNotDone();
  }

  @Test
  void asManyAsThereAreThreadsAreReplacedAndThenNothingWaitsInVain() throws Exception {
    InProcess python = load("a", 1, 100, SHORT);
    carrier.behaviours.put("hang", this::hang);
    unanswered(begin(python, "hang"));
    unanswered(begin(python, "hang"));
    CompletableFuture<String> waiting = begin(python, "waits");
    String found = python.stuck().toCompletableFuture().get();
    assertThat(found)
        .contains("python-2 hangs still")
        .contains("a has 0 of 1 Python threads left")
        .contains("--exit-on-hang");
    assertThat(unanswered(waiting).status())
        .isEqualTo(UnansweredException.Status.SERVICE_UNAVAILABLE);
    assertThat(unanswered(begin(python, "refused")))
        .hasMessageContaining("all Python threads hang");
    release.countDown();
    await(() -> !python.exhausted());
    assertThat(begin(python, "again").get()).isEqualTo("again");
  }

  @Test
  void whatHangsAfterItsAnswerIsGivenUpToo() throws Exception {
    InProcess python = load("a", 1, 100, SHORT);
    carrier.behaviours.put(
        "unfinished", exchange -> new Answer(Answer.Kind.UNFINISHED, NO_BYTES, NO_BYTES));
    carrier.behaviours.put("finish", this::hang);
    CompletableFuture<String> call = begin(python, "unfinished");
    assertThatThrownBy(call::get)
        .cause()
        .isInstanceOf(IOException.class)
        .hasMessageContaining("which is the --timeout");
  }
}
