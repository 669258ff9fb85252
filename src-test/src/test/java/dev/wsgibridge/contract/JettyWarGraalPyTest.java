package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class JettyWarGraalPyTest extends Contract {
  JettyWarGraalPyTest() {
    super(Servers.war(ContainerKind.JETTY_12, Hosted.GRAALPY));
  }
}
