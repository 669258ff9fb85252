package dev.wsgibridge.contract;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A server that the contract is held to.
 *
 * @param test the class that does it
 */
record TestedServer(Class<?> test, Server server) {

  /** All there are, by their names. */
  static List<TestedServer> all() {
    List<TestedServer> all = new ArrayList<>();
    for (JavaClass found : new ClassFileImporter().importPackages("dev.wsgibridge.contract")) {
      if (found.isAssignableTo(Contract.class) && !found.isEquivalentTo(Contract.class)) {
        Class<?> test = found.reflect();
        try {
          all.add(new TestedServer(test, ((Contract) instance(test)).server()));
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(test.getName(), e);
        }
      }
    }
    all.sort(Comparator.comparing(tested -> tested.test().getName()));
    return all;
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
