package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class Tomcat10WarGraalPyTest extends Contract {
  Tomcat10WarGraalPyTest() {
    super(Servers.war(ContainerKind.TOMCAT_10, Hosted.GRAALPY));
  }
}
