package dev.wsgibridge.contract;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
 * that fails as foretold is reported as skipped, with its reason; one that was foretold to fail and
 * does not, fails. At the end one line a server tells how many ran.
 */
final class Deviations implements InvocationInterceptor, AfterAllCallback {

  /** How a reason begins where the deviation depends on timing, so that it may as well not show. */
  static final String AT_TIMES = "at times: ";

  private final List<String> passed = new ArrayList<>();
  private final List<String> failed = new ArrayList<>();
  private final Map<String, String> deviated = new TreeMap<>();

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> test,
      ExtensionContext context)
      throws Throwable {
    intercept(invocation, test, context);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> test,
      ExtensionContext context)
      throws Throwable {
    intercept(invocation, test, context);
  }

  private void intercept(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> test,
      ExtensionContext context)
      throws Throwable {
    String name = test.getExecutable().getName();
    String key =
        test.getArguments().isEmpty()
            ? name
            : test.getArguments().stream()
                .map(String::valueOf)
                .collect(Collectors.joining(", ", name + "(", ")"));
    Map<String, String> known =
        ((Contract) context.getRequiredTestInstance()).server().deviations();
    String reason = known.get(key);
    try {
      invocation.proceed();
    } catch (AssertionError | Exception e) {
      if (reason == null) {
        failed.add(key);
        throw e;
      }
      deviated.put(key, reason);
      throw new TestAbortedException("deviation: " + reason, e);
    }
    if (reason != null && !reason.startsWith(AT_TIMES)) {
      failed.add(key);
      throw new AssertionError(
          "%s is listed as a deviation (%s), and yet the contract holds: take it off the list"
              .formatted(key, reason));
    }
    if (reason == null) {
      passed.add(key);
    } else {
      // Counted as one either way, so that the page of all servers stays the same.
      deviated.put(key, reason);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    Server server = ((Contract) context.getRequiredTestInstance()).server();
    if (server.missing().isEmpty()) {
      context.getExecutionException().ifPresent(e -> failed.add("the whole"));
    }
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
  }

  private static String counted(int count, String what) {
    return count == 0 ? "" : ", %d %s%s".formatted(count, what, count == 1 ? "" : "s");
  }
}
