package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class JettyWarCPythonTest extends Contract {
  JettyWarCPythonTest() {
    super(Servers.war(ContainerKind.JETTY_12, Hosted.CPYTHON));
  }
}
