package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class JettyWarJavaTest extends Contract {
  JettyWarJavaTest() {
    super(Servers.war(ContainerKind.JETTY_12, Hosted.JAVA));
  }
}
