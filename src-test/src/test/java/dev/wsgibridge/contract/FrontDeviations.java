package dev.wsgibridge.contract;

import java.util.HashMap;
import java.util.Map;

/**
 * Where fronts are known to do otherwise than the contract says, and why: each reason was looked up
 * in what goes over the wire between a front and its bridge.
 */
final class FrontDeviations {

  private static final String PORT =
      "nginx and lighttpd say at which port they got the request (RFC 3875, 4.1.15), not what Host says";

  private static final String CONTINUE =
      "the front answers Expect: 100-continue itself, before it asks the bridge";

  private static final String HEAD_LOST =
      Deviations.AT_TIMES
          + "nginx drops the head that it has not sent yet where it reads the break in the same go";

  private static final String LENGTH = "SCGI always has CONTENT_LENGTH, 0 where there is no body";

  private static final String NO_RESET =
      Deviations.AT_TIMES
          + "uwsgi has no end but that of the connection, and a Unix domain socket no reset";

  private FrontDeviations() {}

  /** See {@link Server#deviations}. */
  static Map<String, String> of(Front front) {
    Map<String, String> deviations = new HashMap<>();
    switch (front.server()) {
      case NGINX -> {
        port(deviations);
        nginx(deviations);
      }
      case LIGHTTPD -> {
        port(deviations);
      }
      case APACHE -> deviations.putAll(ApacheDeviations.of(front));
    }
    if (front == Front.NGINX_SCGI || front == Front.LIGHTTPD_SCGI) {
      deviations.put("contentTypeAndLengthAreAbsentRatherThanEmpty", LENGTH);
    }
    if (front == Front.NGINX_UWSGI) {
      broken(deviations, NO_RESET);
    }
    return deviations;
  }

  private static void port(Map<String, String> deviations) {
    deviations.put("serverNameIsTheHost(Host: example.test:8123, example.test, 8123)", PORT);
    deviations.put("serverNameIsTheHost(Host: example.test, example.test, 80)", PORT);
    deviations.put("serverNameIsTheHost(Host: [::1]:8123, [::1], 8123)", PORT);
    deviations.put("serverNameIsTheHost(Host: 127.0.0.1:81, 127.0.0.1, 81)", PORT);
  }

  private static void nginx(Map<String, String> deviations) {
    deviations.put("continueIsNotSentWhereNobodyReads", CONTINUE);
    deviations.put("continueIsNeverSentAfterTheHead", CONTINUE);
    deviations.put(
        "malformedRequestIsRefused(GET @ HTTP/1.1~Host: a~No-Colon)",
        "nginx leaves a header line without a colon out");
    broken(deviations, HEAD_LOST);
  }

  /** What becomes of responses that break off. */
  private static void broken(Map<String, String> deviations, String reason) {
    deviations.put("excInfoIsRaisedAgainAfterTheHead", reason);
    deviations.put("bodyIsClosedOnce(fails-later, 200, BROKEN_OFF)", reason);
    deviations.put("bodyIsClosedOnce(exits-later, 200, BROKEN_OFF)", reason);
    deviations.put("bodyThatIsNotAskedForIsClosedOnce", reason);
    deviations.put("tooFewBytesBreakTheConnectionOff", reason);
    deviations.put("textInPlaceOfBytes", reason);
    deviations.put("fileShorterThanItsLength", reason);
    deviations.put("failureAfterTheHead(fail-mid)", reason);
    deviations.put("failureAfterTheHead(fail-mid-length)", reason);
    deviations.put("failureAfterTheHead(fail-written)", reason);
  }
}
