package dev.wsgibridge.contract;

/** Jetty's own FastCGI proxy before a bridge. */
class JettyProxyTest extends Contract {
  JettyProxyTest() {
    super(Servers.jettyProxy(Hosted.JAVA));
  }
}
