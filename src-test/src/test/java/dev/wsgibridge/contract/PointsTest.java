package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** The contract is complete: no point without a test, no test without a point. */
class PointsTest {

  @Test
  void everyPointIsHeldByATest() {
    Set<Point> held =
        Arrays.stream(Contract.class.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(Holds.class))
            .map(method -> method.getAnnotation(Holds.class).value())
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Point.class)));
    assertThat(held).containsExactlyInAnyOrder(Point.values());
  }

  @Test
  void everyTestHoldsAPoint() {
    List<String> pointless =
        Arrays.stream(Contract.class.getDeclaredMethods())
            .filter(
                method ->
                    method.isAnnotationPresent(Test.class)
                        || method.isAnnotationPresent(ParameterizedTest.class))
            .filter(method -> !method.isAnnotationPresent(Holds.class))
            .map(Method::getName)
            .toList();
    assertThat(pointless).isEmpty();
  }
}
