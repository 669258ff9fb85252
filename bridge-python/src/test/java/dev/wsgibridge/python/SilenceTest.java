package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SilenceTest {

  private static final Duration AT_ONCE = Duration.ofNanos(-1);

  private final Silence silence = new Silence();

  @Test
  void aCallThatHasNotBegunIsNotGivenUp() {
    assertThat(silence.giveUp(AT_ONCE)).isFalse();
  }

  @Test
  void pythonThatIsSilentIsGivenUpOnceAndJavaDoesNothingForItAnyMore() {
    silence.toPython();
    assertThat(silence.giveUp(Duration.ofDays(1))).isFalse();
    assertThat(silence.giveUp(AT_ONCE)).isTrue();
    assertThat(silence.giveUp(AT_ONCE)).isFalse();
    assertThat(silence.toJava()).isFalse();
    assertThat(silence.end()).isFalse();
  }

  @Test
  void whileJavaWorksNobodyIsSilent() {
    silence.toPython();
    assertThat(silence.toJava()).isTrue();
    assertThat(silence.giveUp(AT_ONCE)).isFalse();
    silence.toPython();
    assertThat(silence.giveUp(AT_ONCE)).isTrue();
  }

  @Test
  void whileOneOfItsThreadsIsInJavaNobodyIsSilent() {
    silence.toPython();
    assertThat(silence.toJava()).isTrue();
    assertThat(silence.toJava()).isTrue();
    silence.toPython();
    assertThat(silence.giveUp(AT_ONCE)).isFalse();
    silence.toPython();
    assertThat(silence.giveUp(AT_ONCE)).isTrue();
  }

  @Test
  void whatIsOverIsNeitherGivenUpNorJavas() {
    silence.toPython();
    assertThat(silence.end()).isTrue();
    assertThat(silence.giveUp(AT_ONCE)).isFalse();
    assertThat(silence.toJava()).isFalse();
  }
}
