package dev.wsgibridge.architecture;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.wsgibridge.Environ;
import dev.wsgibridge.Gateway;
import dev.wsgibridge.Rule;
import dev.wsgibridge.launcher.Main;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Logger;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The shape of {@code docs/architecture.md}, and the habits that a machine can hold. */
class ArchitectureTest {

  private static final String CORE = "dev.wsgibridge";

  private static JavaClasses all;

  @BeforeAll
  static void importClasses() {
    all =
        new ClassFileImporter()
            .importPaths(Modules.folders().stream().map(Modules::classes).toList());
    assertThat(all.contain(Gateway.class) && all.contain(Main.class))
        .as("the modules are compiled")
        .isTrue();
  }

  @Test
  void coreKnowsNothingButItself() {
    check(
        classes()
            .that()
            .resideInAPackage(CORE)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(CORE, "java..", "org.slf4j..", "org.jspecify..")
            .because("everything points at bridge-core's heart, and it points at nothing"));
  }

  @Test
  void validatorAndTestClientKnowOnlyTheCore() {
    check(
        classes()
            .that()
            .resideInAnyPackage(CORE + ".validate", CORE + ".testing")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                CORE,
                CORE + ".validate",
                CORE + ".testing",
                "java..",
                "org.slf4j..",
                "org.jspecify..")
            .because("they serve any server, and any test, without a container"));
  }

  @Test
  void dependenciesPointAtTheCore() {
    check(mayKnow("options"));
    check(mayKnow("servlet", "options", "validate", "jakarta.servlet.."));
    check(mayKnow("python", "org.graalvm..", "com.oracle.truffle.."));
    if (all.containPackage(CORE + ".python.ffm")) {
      check(mayKnow("python.ffm", "python"));
    }
    check(mayKnow("cgi", "codec"));
    check(mayKnow("cgibin"));
    check(
        mayKnow(
            "jetty", "codec", "servlet", "validate", "jakarta.servlet..", "org.eclipse.jetty.."));
    check(mayKnow("examples"));
  }

  @Test
  void codecsDoNoInputOrOutput() {
    check(
        classes()
            .that()
            .resideInAPackage(CORE + ".codec")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                CORE,
                CORE + ".codec",
                "java.lang..",
                "java.nio",
                "java.nio.charset",
                "java.security",
                "java.util",
                "java.util.function",
                "org.jspecify..")
            .because("bytes in and events out: no socket, no thread, no Jetty, no log"));
    check(
        noClasses()
            .that()
            .resideInAPackage(CORE + ".codec")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Thread.class)
            .because("a codec has no thread"));
  }

  /** A rule for one package of ours: which others of ours, and whose libraries, it may know. */
  private static ArchRule mayKnow(String name, String... others) {
    List<String> known =
        new ArrayList<>(
            List.of(CORE, CORE + "." + name, "java..", "org.slf4j..", "org.jspecify.."));
    for (String other : others) {
      known.add(other.contains("..") ? other : CORE + "." + other);
    }
    return classes()
        .that()
        .resideInAPackage(CORE + "." + name)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(known.toArray(String[]::new))
        .because("dependencies point at bridge-core, never back or sideways");
  }

  @Test
  void packagesFormNoCycles() {
    check(slices().matching(CORE + ".(*)..").should().beFreeOfCycles());
  }

  @Test
  void gatewayAloneDrivesAResponse() {
    check(
        noClasses()
            .that()
            .doNotBelongToAnyOf(Gateway.class)
            .should()
            .callMethodWhere(
                target(owner(assignableTo(Gateway.Response.class)))
                    .and(target(nameMatching("head|write|flush|end"))))
            .because("nothing else decides when the head is sent"));
  }

  @Test
  void environAloneMakesHeaderKeys() throws IOException {
    List<String> makers = new ArrayList<>();
    for (Path module : Modules.folders()) {
      for (Path file : Modules.files(Modules.classes(module), ".class")) {
        if (ClassStrings.of(file).stream().anyMatch(text -> text.contains("HTTP_"))) {
          makers.add(file.getFileName().toString().replaceAll("(\\$.*)?\\.class", ""));
        }
      }
    }

    // The rules speak of the names, and the validator looks for them.
    assertThat(makers)
        .containsOnly(Environ.class.getSimpleName(), Rule.class.getSimpleName(), "EnvironRules");
  }

  @Test
  void nobodyElseDecodesPaths() {
    // RequestTarget needs a container's view of the path where that is not the request's own;
    // FormBody reads a query as the container has; applications decode their queries as they like.
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(CORE + ".launcher..", CORE + ".examples..")
            .and()
            .doNotHaveSimpleName("RequestTarget")
            .and()
            .doNotHaveSimpleName("FormBody")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(URLDecoder.class)
            .orShould()
            .callMethodWhere(target(nameMatching("getPathInfo|getServletPath")))
            .because("Environ decodes, byte for byte: a container loses ;params, and reads text"));
  }

  @Test
  void librariesWriteToTheLogOnly() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(CORE + ".launcher..", CORE + ".examples..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethod(Throwable.class, "printStackTrace")
            .because("what a library has to say goes to slf4j"));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(CORE + ".launcher..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Logger.class)
            .because("slf4j is the log; a Handler may hand other people's records on to it"));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(CORE + ".launcher..")
            .should()
            .callMethod(System.class, "exit", int.class)
            .because("only the command ends the process"));
  }

  @Test
  void bytesAndTextNeedACharset() {
    check(
        noClasses()
            .should()
            .callMethod(String.class, "getBytes")
            .orShould()
            .callConstructor(String.class, byte[].class)
            .orShould()
            .callConstructor(String.class, byte[].class, int.class, int.class)
            .because("PEP 3333 says ISO-8859-1, texts are UTF-8, and the platform's is neither"));
  }

  @Test
  void namesAreTheFieldsOwn() {
    check(
        noClasses()
            .should()
            .haveNameMatching(".*(Manager|Helper|Utils?|Impl)")
            .because("a name says what a thing is"));
    check(
        methods()
            .that()
            .areDeclaredInClassesThat()
            .resideInAnyPackage(CORE, CORE + ".validate", CORE + ".testing")
            .should()
            .haveNameNotMatching("(get|set)[A-Z].*")
            .because("get is the servlet API's word, and options are records"));
  }

  @Test
  void nothingPublicCanBeAssigned() {
    check(
        fields()
            .that()
            .arePublic()
            .should()
            .beFinal()
            .because("what belongs to one request never reaches the next"));
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(all.stream().filter(c -> !c.getPackageName().isEmpty()))
        .extracting(JavaClass::getPackage)
        .allSatisfy(
            aPackage ->
                assertThat(aPackage.isAnnotatedWith(NullMarked.class))
                    .as("%s has a package-info with @NullMarked", aPackage.getName())
                    .isTrue());
  }

  private static void check(ArchRule rule) {
    rule.check(all);
  }
}
