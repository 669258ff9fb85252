package dev.wsgibridge.contract;

import dev.wsgibridge.contract.front.FrontServer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Where fronts are known to do otherwise than the contract says, and why. */
final class FrontDeviations {

  private static final Deviation PORT =
      Deviation.of(
          "nginx, lighttpd and HAProxy say at which port they got the request (RFC 3875, 4.1.15), not what Host says",
          "expected: \"(80|81|8123)\" but was: \"\\d{4,5}\"");

  static final Deviation CONTINUE =
      Deviation.of(
          "the front answers Expect: 100-continue itself, before it asks the bridge",
          "expected: 200 but was: 100");

  private static final Deviation HEAD_LOST =
      Deviation.atTimes(
          "nginx drops the head that it has not sent yet where it reads the break in the same go",
          "EOFException: the connection ended after \"\"|SocketException: Connection reset|expected: 200 but was: 502");

  private static final Deviation LENGTH =
      Deviation.of(
          "SCGI, and lighttpd always, say CONTENT_LENGTH 0 where there is no body",
          "but found \\[\"CONTENT_LENGTH\"\\]");

  private static final Deviation SPOOLED =
      Deviation.of(
          "the front has the whole of a chunked upload that is small, and tells its length",
          "but found \\[\"CONTENT_LENGTH\"\\]");

  private static final Deviation NO_RESET =
      Deviation.atTimes(
          "SCGI and uwsgi have no end but that of the connection, and a Unix domain socket no reset",
          "expected: BROKEN_OFF but was: WHOLE");

  private static final Deviation UNDERSCORES =
      Deviation.of(
          "lighttpd passes X_Twin on as it does X-Twin, and no option of its would stop it",
          "expected: \"good\" but was: \"evil,good\"");

  private static final Deviation LENGTH_COUNTED =
      Deviation.atTimes(
          "lighttpd takes what it has for the whole where a response breaks off before its head is sent",
          "expected: BROKEN_OFF but was: WHOLE|expected: 200 but was: 50[023]");

  private static final Deviation ENDED =
      Deviation.atTimes(
          "lighttpd ends a program once its answer is whole, before it has logged what fails then",
          "without a line that has");

  private static final Deviation NO_LENGTH =
      Deviation.of(
          "lighttpd's mod_ajp13 sends body packets without the length that AJP has in them",
          "found HTTP/1.1 (400|500) |but was: \"<\\?xml |expected: 200 but was: 500");

  private static final Deviation DECODED =
      Deviation.of(
          "lighttpd's mod_ajp13 sends the URI decoded, with // merged",
          "expected: \"/environ/[^\"]*\" but was: \"/environ/|Expecting actual: \"/environ/|found HTTP/1.1 400 ");

  private static final List<String> AJP_UPLOADS =
      List.of(
          "chunkedUpload",
          "chunkedUploadHasNoLength",
          "uploadThatComesInDribs",
          "pipelinedRequestsAreAnsweredInOrder",
          "inputInChunks(read, one~two~three|end)",
          "inputInChunks(read(0), |one~two~three|end)",
          "inputInChunks(readline, one~|two~|three|end)",
          "inputInChunks(readline(2), on|e~|tw|o~|th|re|e|end)",
          "inputInChunks(readlines, one~|two~|three|end)",
          "inputInChunks(iteration, one~|two~|three|end)",
          "inputInPieces",
          "input(read, one~two~three|end)",
          "input(read(-1), one~two~three|end)",
          "input(read(1000000), one~two~three|end)",
          "input(read(0), |one~two~three|end)",
          "input(readline, one~|two~|three|end)",
          "input(readline(2), on|e~|tw|o~|th|re|e|end)",
          "input(readline(1000000), one~|two~|three|end)",
          "input(readlines, one~|two~|three|end)",
          "input(readlines(1), one~|two~|three|end)",
          "input(iteration, one~|two~|three|end)",
          "continueIsSentOnTheFirstRead",
          "methods(PATCH)",
          "bigUpload",
          "contentTypeAndLengthByTheirBareNames",
          "chunkExtensionsAndTrailersAreNoData");

  private static final List<String> AJP_PATHS =
      List.of(
          "exactPath(/a%20b)",
          "exactPath(/%7Euser)",
          "exactPath(/caf%C3%A9)",
          "exactPath(/caf%c3%a9)",
          "exactPath(/caf%E9)",
          "exactPath(/%FF%FE)",
          "exactPath(/a%3Bp)",
          "exactPath(/a%3Fb)",
          "exactPath(/a%23b)",
          "exactPath(/a%25b)",
          "exactPath(/a%2525b)",
          "exactPath(/a%2Fb)",
          "exactPath(/a%5Cb)",
          "exactPath(/a%0Ab)",
          "exactPath(/a//b)",
          "exactPath(/a//)",
          "pathThatHttpForbidsIsExactOrRefused(/environ/a%00b)",
          "requestUriIsRaw(/environ/a%2Fb//c;d?x=%20&y)",
          "requestUriIsRaw(/environ/%7e?a?b)");

  private FrontDeviations() {}

  /** See {@link Server#deviations}. */
  static Map<String, Deviation> of(Front front) {
    Map<String, Deviation> deviations = new HashMap<>();
    switch (front.server()) {
      case NGINX -> {
        port(deviations);
        nginx(deviations);
      }
      case LIGHTTPD -> {
        // AJP has no SERVER_PORT but Host's.
        if (front != Front.LIGHTTPD_AJP) {
          port(deviations);
        }
        lighttpd(deviations);
      }
      case CADDY -> caddy(deviations);
      case HAPROXY -> haproxy(deviations);
      case APACHE -> deviations.putAll(ApacheDeviations.of(front));
    }
    boolean nginxScgi = front.server() == FrontServer.NGINX && front.protocol().startsWith("scgi");
    if (nginxScgi || front.server() == FrontServer.LIGHTTPD) {
      deviations.put("contentTypeAndLengthAreAbsentRatherThanEmpty", LENGTH);
    }
    if (front == Front.LIGHTTPD_STARTS_FASTCGI) {
      deviations.put(
          "whatIsPrintedReachesTheLog",
          Deviation.of(
              "lighttpd drops what programs print that it has started",
              "without a line that has \\\\Qst(derr|dout)"));
    }
    if (front == Front.LIGHTTPD_CGI) {
      for (String key :
          List.of(
              "streamsToHttp10",
              "eachBlockIsSentBeforeTheNextIsAskedFor",
              "flagsAreTrueToTheDeployment",
              "headGoesWithTheFirstWrite")) {
        deviations.put(key, ApacheDeviations.PROCESS_EACH);
      }
      deviations.put("closeMayFail", ENDED);
      // Of two variables with one name, Java sees the last: X-Twin.
      deviations.remove("headersThatPoseAsOthersAreDropped");
    }
    if (front == Front.LIGHTTPD_AJP) {
      // AJP still shows the underscore.
      deviations.remove("headersThatPoseAsOthersAreDropped");
      AJP_UPLOADS.forEach(key -> deviations.put(key, NO_LENGTH));
      for (int size : new int[] {10, 100_000, 3_000_000}) {
        deviations.put(
            "uploadThatNobodyReads(" + size + ")",
            Deviation.atTimes(NO_LENGTH.reason(), NO_LENGTH.failure().pattern()));
      }
      AJP_PATHS.forEach(key -> deviations.put(key, DECODED));
    }
    if (front == Front.NGINX_UWSGI || front == Front.NGINX_SCGI_UNIX) {
      broken(deviations, NO_RESET);
    }
    return deviations;
  }

  private static void port(Map<String, Deviation> deviations) {
    deviations.put("serverNameIsTheHost(Host: example.test:8123, example.test, 8123)", PORT);
    deviations.put("serverNameIsTheHost(Host: example.test, example.test, 80)", PORT);
    deviations.put("serverNameIsTheHost(Host: [::1]:8123, [::1], 8123)", PORT);
    deviations.put("serverNameIsTheHost(Host: 127.0.0.1:81, 127.0.0.1, 81)", PORT);
  }

  private static void caddy(Map<String, Deviation> deviations) {
    deviations.put("continueIsNotSentWhereNobodyReads", CONTINUE);
    deviations.put("continueIsNeverSentAfterTheHead", CONTINUE);
    deviations.put("contentTypeAndLengthAreAbsentRatherThanEmpty", LENGTH);
    deviations.put(
        "headersThatPoseAsOthersAreDropped",
        Deviation.atTimes(
            "Caddy passes X_Twin on as it does X-Twin, in no certain order",
            "expected: \"good\" but was: \"evil"));
    deviations.put(
        "reasonPhrase",
        Deviation.of("Caddy has reason phrases of its own", "but was: \"Service Unavailable\""));
    deviations.put(
        "repeatedHeadersAreJoined",
        Deviation.of("Caddy joins repeated headers itself, with a space", "but was: \"one, two\""));
    for (String method : List.of("GET", "HEAD")) {
      deviations.put(
          "noBody(" + method + ", 304, 5)",
          Deviation.of("Caddy takes Content-Length from every 304", "but was: \\[\\]"));
    }
    Deviation badGateway =
        Deviation.of(
            "Caddy answers 502 where an upload breaks off or is malformed",
            "expected: 400 but was: 502");
    for (String chunks :
        List.of("zz\r\nabc\r\n0\r\n\r\n", "3\r\nabcdef\r\n0\r\n\r\n", "-3\r\nabc\r\n")) {
      deviations.put("malformedChunksAreRefused(" + chunks + ")", badGateway);
    }
    deviations.put("uploadThatBreaksOffIsNotWhole(Content-Length: 100)", badGateway);
    deviations.put("uploadThatBreaksOffIsNotWhole(Transfer-Encoding: chunked)", badGateway);
    deviations.put(
        "serverNameIsTheHost(Host: [::1]:8123, [::1], 8123)",
        Deviation.of("Caddy takes the brackets from an IPv6 address", "but was: \"::1\""));
    deviations.put(
        "serverNameWithoutAHost",
        Deviation.of(
            "Caddy tells the port of Host, and 80 where there is none", "but was: \"80\""));
    broken(
        deviations,
        Deviation.of(
            "Caddy takes the management record that tells of a break for content, and the end of the connection for that of the response",
            "\u0000\u0000|expected: BROKEN_OFF but was: WHOLE|expected: 200 but was: 502"));
    deviations.remove("bodyThatIsNotAskedForIsClosedOnce");
    deviations.remove("fileShorterThanItsLength");
  }

  private static void haproxy(Map<String, Deviation> deviations) {
    port(deviations);
    deviations.put("continueIsNotSentWhereNobodyReads", CONTINUE);
    deviations.put("continueIsNeverSentAfterTheHead", CONTINUE);
    deviations.put("contentTypeAndLengthAreAbsentRatherThanEmpty", LENGTH);
    deviations.put("chunkedUploadHasNoLength", SPOOLED);
    deviations.put(
        "chunkedUpload",
        Deviation.of(
            "HAProxy refuses an upload in chunks that is larger than its buffer, for it has to tell the length",
            "400 Bad request"));
    Deviation lenient =
        Deviation.of(
            "HAProxy takes a request without Host, and a NUL in a header",
            "expected: 400 but was: 200");
    deviations.put("malformedRequestIsRefused(GET @ HTTP/1.1)", lenient);
    deviations.put("malformedRequestIsRefused(GET @ HTTP/1.1~Host: a~X-Ctl: a\0b)", lenient);
    deviations.put(
        "uploadThatNobodyReads(3000000)",
        Deviation.atTimes(
            "HAProxy leaves the rest of a large upload unread that was answered early, and the next request on that connection with it",
            "timed out"));
    deviations.put(
        "pathThatHttpForbidsIsExactOrRefused(/environ/100%)",
        Deviation.of(
            "HAProxy answers 500 where it can't decode the path", "expected: 400 but was: 500"));
  }

  private static void nginx(Map<String, Deviation> deviations) {
    deviations.put("continueIsNotSentWhereNobodyReads", CONTINUE);
    deviations.put("continueIsNeverSentAfterTheHead", CONTINUE);
    deviations.put(
        "malformedRequestIsRefused(GET @ HTTP/1.1~Host: a~No-Colon)",
        Deviation.of(
            "nginx leaves a header line without a colon out", "expected: 400 but was: 200"));
    deviations.put("chunkedUploadHasNoLength", SPOOLED);
    broken(deviations, HEAD_LOST);
  }

  private static void lighttpd(Map<String, Deviation> deviations) {
    deviations.put("continueIsNotSentWhereNobodyReads", CONTINUE);
    deviations.put("continueIsNeverSentAfterTheHead", CONTINUE);
    deviations.put(
        "reasonPhrase",
        Deviation.of(
            "lighttpd has reason phrases of its own",
            "expected: \"Replaced\" but was: \"Service Unavailable\""));
    deviations.put(
        "noBody(GET, 304, 5)",
        Deviation.of(
            "lighttpd takes Content-Length from every 304",
            "expected: \\[\"5\"\\] but was: \\[\\]"));
    deviations.put(
        "noBody(HEAD, 304, 5)",
        Deviation.of(
            "lighttpd takes Content-Length from every 304",
            "expected: \\[\"5\"\\] but was: \\[\\]"));
    deviations.put(
        "repeatedHeadersGoOutAsTheyAre",
        Deviation.of(
            "lighttpd drops response headers without a value",
            "Expecting Optional to contain: \"\" but was empty"));
    deviations.put(
        "repeatedHeadersAreJoined",
        Deviation.of(
            "lighttpd joins repeated headers itself, with a space",
            "expected: \"one,two\" but was: \"one, two\""));
    deviations.put("headersThatPoseAsOthersAreDropped", UNDERSCORES);
    deviations.put(
        "malformedRequestIsRefused(GET @ b HTTP/1.1~Host: a)",
        Deviation.of(
            "lighttpd takes a space for a part of the path", "expected: 400 but was: 500"));
    deviations.put(
        "methods(POST)",
        Deviation.of("lighttpd answers a POST without a length with 411", "found HTTP/1.1 411 "));
    deviations.put("chunkedUploadHasNoLength", SPOOLED);
    broken(deviations, LENGTH_COUNTED);
  }

  /** What becomes of responses that break off. */
  private static void broken(Map<String, Deviation> deviations, Deviation reason) {
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
