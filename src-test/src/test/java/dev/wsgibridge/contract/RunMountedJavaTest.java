package dev.wsgibridge.contract;

class RunMountedJavaTest extends Contract {
  RunMountedJavaTest() {
    super(Servers.runMounted(Hosted.JAVA));
  }
}
