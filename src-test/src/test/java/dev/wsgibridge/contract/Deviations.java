package dev.wsgibridge.contract;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.TestAbortedException;

/**
 * Runs each test, counts it, and holds a server's known deviations against what it does: a test
 * that fails as foretold is reported as skipped, with its reason; one that fails otherwise, or was
 * foretold to fail and does not, fails. At the end one line a server tells how many ran.
 */
final class Deviations implements InvocationInterceptor, AfterAllCallback {

  /** The names of the contract's tests. */
  static final Set<String> TESTS =
      Arrays.stream(Contract.class.getDeclaredMethods())
          .filter(method -> method.isAnnotationPresent(Holds.class))
          .map(Method::getName)
          .collect(Collectors.toUnmodifiableSet());

  private final KnownDeviations known;
  private final List<String> passed = new ArrayList<>();
  private final List<String> failed = new ArrayList<>();
  private final Map<String, String> deviated = new TreeMap<>();

  /** Those of one server. */
  Deviations(Server server) {
    known = new KnownDeviations(server.deviations());
  }

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> test,
      ExtensionContext context)
      throws Throwable {
    intercept(invocation, test);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> test,
      ExtensionContext context)
      throws Throwable {
    intercept(invocation, test);
  }

  private void intercept(
      Invocation<@Nullable Void> invocation, ReflectiveInvocationContext<Method> test)
      throws Throwable {
    String name = test.getExecutable().getName();
    String key =
        test.getArguments().isEmpty()
            ? name
            : test.getArguments().stream()
                .map(String::valueOf)
                .collect(Collectors.joining(", ", name + "(", ")"));
    Throwable failure = null;
    try {
      invocation.proceed();
    } catch (AssertionError | Exception e) {
      failure = e;
    }
    Deviation deviation;
    try {
      deviation = known.judge(key, failure);
    } catch (AssertionError e) {
      failed.add(key);
      throw e;
    }
    if (deviation != null) {
      // Counted as one even where it did not show this time, so that the page stays the same.
      deviated.put(key, deviation.reason());
      if (failure != null) {
        throw new TestAbortedException("deviation: " + deviation.reason(), failure);
      }
    } else if (failure != null) {
      failed.add(key);
      throw failure;
    } else {
      passed.add(key);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    Server server = ((Contract) context.getRequiredTestInstance()).server();
    if (server.missing().isEmpty()) {
      context.getExecutionException().ifPresent(e -> failed.add("the whole"));
    }
    List<String> orphans = known.orphans(TESTS);
    orphans.forEach(key -> failed.add("deviation without a case: " + key));
    Result result = new Result(passed.size(), failed.size(), server.missing(), deviated);
    result.write(context.getRequiredTestClass());
    StringBuilder report = new StringBuilder();
    report.append(server.name()).append(", ").append(server.hosted().title()).append(": ");
    if (result.missing().isEmpty()) {
      report.append("%d of %d cases hold".formatted(result.passed(), result.ran()));
      report
          .append(counted(deviated.size(), "deviation"))
          .append(counted(failed.size(), "failure"));
    } else {
      report.append("not run: ").append(result.missing());
    }
    report.append(System.lineSeparator());
    failed.forEach(key -> report.append("  failure %s%n".formatted(key)));
    deviated.forEach((key, reason) -> report.append("  deviation %s: %s%n".formatted(key, reason)));
    System.out.print(report);
    if (!orphans.isEmpty()) {
      throw new AssertionError(
          "listed as deviations, and yet no case of the contract: %s; take them off the list, or name them as the cases are"
              .formatted(orphans));
    }
  }

  private static String counted(int count, String what) {
    return count == 0 ? "" : ", %d %s%s".formatted(count, what, count == 1 ? "" : "s");
  }
}
