package dev.wsgibridge.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wsgibridge.contract.containers.ContainerKind;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Which pairs are run for the whole product of servers and carriers: each server with Java, each
 * carrier over HTTP, behind two front servers, and in two containers. A carrier is not told who is
 * in front of it, nor a front who carries the application.
 */
class PairsTest {

  private static final List<Server> SERVERS =
      TestedServer.all().stream().map(TestedServer::server).toList();

  @Test
  void eachFrontIsRunWithJava() {
    assertThat(SERVERS.stream().filter(server -> server.hosted() == Hosted.JAVA))
        .filteredOn(server -> server instanceof Fronted)
        .extracting(server -> ((Fronted) server).way())
        .containsExactlyInAnyOrder(Front.values());
  }

  @Test
  void eachContainerIsRunWithJava() {
    assertThat(
            SERVERS.stream()
                .filter(server -> server.hosted() == Hosted.JAVA && server.name().equals("WAR"))
                .map(Server::container)
                .distinct())
        .hasSize(ContainerKind.values().length);
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*_VALIDATED|JAVA.*")
  void eachCarrierIsRunOverHttpBehindTwoFrontServersAndInTwoContainers(Hosted carrier) {
    assertThat(SERVERS)
        .anyMatch(server -> server.hosted() == carrier && server.front().equals("–"));
    Set<String> fronts =
        SERVERS.stream()
            .filter(server -> server.hosted() == carrier && server instanceof Fronted)
            .map(Server::front)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(fronts).hasSizeGreaterThanOrEqualTo(2);
    assertThat(
            SERVERS.stream()
                .filter(server -> server.hosted().python().equals(carrier.python()))
                .filter(server -> server.hosted().isInJvm() == carrier.isInJvm())
                .filter(server -> !server.container().equals("`./run`"))
                .map(Server::container)
                .distinct())
        .hasSizeGreaterThanOrEqualTo(2);
  }
}
