package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class Tomcat11WarCPythonTest extends Contract {
  Tomcat11WarCPythonTest() {
    super(Servers.war(ContainerKind.TOMCAT_11, Hosted.CPYTHON));
  }
}
