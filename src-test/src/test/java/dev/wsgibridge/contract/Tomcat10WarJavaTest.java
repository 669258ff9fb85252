package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class Tomcat10WarJavaTest extends Contract {
  Tomcat10WarJavaTest() {
    super(Servers.war(ContainerKind.TOMCAT_10, Hosted.JAVA));
  }
}
