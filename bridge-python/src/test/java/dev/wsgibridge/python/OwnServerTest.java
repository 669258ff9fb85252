package dev.wsgibridge.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnServerTest {

  private static final LoadOptions OPEN =
      LoadOptions.defaults(OwnServerTest.class.getClassLoader());

  private static OwnServer asking(String... options) {
    return new OwnServer("flup.server.fcgi.WSGIServer", List.of(options));
  }

  @Test
  void asksForWhatIsLeftOpen() {
    assertThat(asking("--bind=fcgi+fd:0").askedOf(OPEN)).isEqualTo(OPEN);
    assertThat(asking("--threads=5").askedOf(OPEN)).isEqualTo(OPEN.withThreads(5));
    assertThat(
            asking("--workers=5", "--threads=1", "--max-requests=100", "--timeout=9").askedOf(OPEN))
        .isEqualTo(
            OPEN.withThreads(1)
                .withWorkers(new Workers(5, Duration.ofSeconds(9), 100, 0, 0, false, false)));
  }

  @Test
  void whatIsSaidWins() {
    LoadOptions said = OPEN.withThreads(2).withWorkers(Workers.of(0));
    assertThat(asking("--workers=5", "--threads=1").askedOf(said)).isEqualTo(said);
    Workers half = new Workers(Workers.AUTO, Duration.ofMinutes(1), 7, 3, 0, true, false);
    assertThat(
            asking("--workers=5", "--max-requests=100", "--timeout=9")
                .askedOf(OPEN.withWorkers(half)))
        .isEqualTo(OPEN.withWorkers(half.withCount(5)));
  }

  /** Also where it says what would have been taken anyway. */
  @Test
  void aTimeoutThatIsTheDefaultIsSaidAllTheSame() {
    Workers said = new Workers(Workers.AUTO, Workers.TIMEOUT, 0, 0, 0, false, false);
    OwnServer server = new OwnServer("a server", List.of("--workers=5", "--timeout=9"));

    assertThat(server.askedOf(OPEN.withWorkers(said)).workers().timeout())
        .isEqualTo(Workers.TIMEOUT);
    assertThat(server.askedOf(OPEN).workers().timeout()).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void cgiIsOneRequestAtATime() {
    assertThat(asking("cgi").askedOf(OPEN)).isEqualTo(OPEN.withThreads(1));
    assertThat(asking("cgi").cgi()).isTrue();
    assertThat(asking("--bind=fcgi+fd:0").cgi()).isFalse();
  }
}
