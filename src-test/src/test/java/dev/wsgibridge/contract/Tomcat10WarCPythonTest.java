package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class Tomcat10WarCPythonTest extends Contract {
  Tomcat10WarCPythonTest() {
    super(Servers.war(ContainerKind.TOMCAT_10, Hosted.CPYTHON));
  }
}
