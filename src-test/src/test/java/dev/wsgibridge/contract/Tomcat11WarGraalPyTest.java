package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class Tomcat11WarGraalPyTest extends Contract {
  Tomcat11WarGraalPyTest() {
    super(Servers.war(ContainerKind.TOMCAT_11, Hosted.GRAALPY));
  }
}
