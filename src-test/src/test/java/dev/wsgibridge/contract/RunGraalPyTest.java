package dev.wsgibridge.contract;

class RunGraalPyTest extends Contract {
  RunGraalPyTest() {
    super(Servers.run(Hosted.GRAALPY));
  }
}
