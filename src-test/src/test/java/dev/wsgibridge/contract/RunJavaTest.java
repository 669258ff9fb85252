package dev.wsgibridge.contract;

class RunJavaTest extends Contract {
  RunJavaTest() {
    super(Servers.run(Hosted.JAVA));
  }
}
