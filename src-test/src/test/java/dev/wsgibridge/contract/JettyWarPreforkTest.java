package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class JettyWarPreforkTest extends Contract {
  JettyWarPreforkTest() {
    super(Servers.war(ContainerKind.JETTY_12, Hosted.PREFORK));
  }
}
