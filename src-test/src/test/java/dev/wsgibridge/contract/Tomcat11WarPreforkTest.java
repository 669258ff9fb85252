package dev.wsgibridge.contract;

import dev.wsgibridge.contract.containers.ContainerKind;

class Tomcat11WarPreforkTest extends Contract {
  Tomcat11WarPreforkTest() {
    super(Servers.war(ContainerKind.TOMCAT_11, Hosted.PREFORK));
  }
}
