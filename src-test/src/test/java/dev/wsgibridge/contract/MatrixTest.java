package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The page of all servers is what the contract's tests found, in this run or in an earlier one
 * since the last build from scratch.
 */
@Isolated("reads what the others have found: JUnit runs it behind them")
class MatrixTest {

  private static final String COMMAND = "./test -Dregenerate";

  private static final Path PAGE = Servers.project().resolve("docs/matrix.md");

  @Test
  void isWhatThePageSays() throws Exception {
    Matrix matrix = new Matrix();
    List<String> unknown = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (Class<?> test : contracts()) {
      Server server = server(test);
      Result result = Result.read(test);
      if (result == null || result.failed() > 0) {
        unknown.add(test.getName());
      } else {
        if (!result.missing().isEmpty()) {
          missing.add(result.missing());
        }
        matrix.add(server, result);
      }
    }
    assumeTrue(unknown.isEmpty(), "not run, or failed: " + unknown);
    String page = matrix.page();
    if (System.getProperty("regenerate") != null) {
      Files.writeString(PAGE, page);
    }
    assumeTrue(missing.isEmpty(), "not everything can run here: " + missing);
    assertThat(PAGE)
        .as("%s is stale: look at the change, then make it anew with: %s", PAGE, COMMAND)
        .hasContent(page);
  }

  /** Every server's test class. */
  private static List<Class<?>> contracts() {
    List<Class<?>> tests = new ArrayList<>();
    for (JavaClass found : new ClassFileImporter().importPackages("dev.wsgibridge.contract")) {
      if (found.isAssignableTo(Contract.class) && !found.isEquivalentTo(Contract.class)) {
        tests.add(found.reflect());
      }
    }
    tests.sort(Comparator.comparing(Class::getName));
    return tests;
  }

  private static Server server(Class<?> test) throws ReflectiveOperationException {
    return ((Contract) instance(test)).server();
  }

  private static Object instance(Class<?> test) throws ReflectiveOperationException {
    Constructor<?> constructor = test.getDeclaredConstructors()[0];
    constructor.setAccessible(true);
    boolean inner = test.isMemberClass() && !Modifier.isStatic(test.getModifiers());
    return inner
        ? constructor.newInstance(instance(test.getEnclosingClass()))
        : constructor.newInstance();
  }
}
