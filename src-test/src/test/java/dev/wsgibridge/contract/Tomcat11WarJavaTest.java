package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class Tomcat11WarJavaTest extends Contract {
  Tomcat11WarJavaTest() {
    super(Servers.war(ContainerKind.TOMCAT_11, Hosted.JAVA));
  }
}
