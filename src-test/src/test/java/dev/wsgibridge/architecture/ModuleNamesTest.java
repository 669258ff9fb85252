package dev.wsgibridge.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** All jars can be on one module path: each has a name of its own, and no package is in two. */
class ModuleNamesTest {

  @Test
  void eachJarHasANameOfItsOwn() throws IOException {
    Map<String, Path> modules = new HashMap<>();
    for (Path module : Modules.sources()) {
      String name = Poms.property(Poms.parse(module), "java.module.name");

      assertThat(name).as("java.module.name of %s", module).startsWith("dev.wsgibridge.");
      // Refuses what no module may be called.
      assertThat(ModuleDescriptor.newAutomaticModule(name).build().name()).isEqualTo(name);
      assertThat(modules.put(name, module)).as("another module called %s", name).isNull();
    }
  }

  @Test
  void noPackageIsInTwoJars() throws IOException {
    Map<Path, Path> packages = new HashMap<>();
    for (Path module : Modules.folders()) {
      Path classes = Modules.classes(module);
      for (Path file : Modules.files(classes, ".class")) {
        Path other = packages.put(classes.relativize(file.getParent()), module);

        assertThat(other == null || other.equals(module))
            .as("%s is in %s alone, not in %s too", file.getParent(), module, other)
            .isTrue();
      }
    }
    assertThat(packages).isNotEmpty();
  }
}
