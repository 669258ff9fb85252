package dev.wsgibridge.contract;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Where Apache httpd and its modules are known to do otherwise than the contract says, and why. */
final class ApacheDeviations {

  private static final Deviation REQUEST_LISTS =
      Deviation.of(
          "Apache joins a request's repeated headers with ', '",
          "expected: \"one,two\" but was: \"one, two\"");
  private static final Deviation RESPONSE_LISTS =
      Deviation.of(
          "Apache joins a response's repeated headers, Set-Cookie aside",
          "Expecting actual: \\[\"one, two\"\\]");
  private static final Deviation ASKED_FOR =
      Deviation.of(
          "Apache asks for the upload (100 Continue) before it hands the request on",
          "expected: 200 but was: 100");
  private static final Deviation LENGTH_OF_304 =
      Deviation.of(
          "Apache takes Content-Length from every 304", "expected: \\[\"5\"\\] but was: \\[\\]");
  private static final Deviation NUL =
      Deviation.of("Apache answers 404 to %00, by itself", "expected: 400 but was: 404");
  private static final Deviation NO_PORT =
      Deviation.of(
          "Apache takes the port of a request without Host from its ServerName, not from the connection",
          "expected: \"\\d+\" but was: \"80\"");
  private static final Deviation SPOOLED =
      Deviation.of(
          "Apache holds a small chunked upload back, and hands it on with its length",
          "but found \\[\"CONTENT_LENGTH\"\\]");
  private static final Deviation SCGI_LENGTH =
      Deviation.of(
          "SCGI demands a CONTENT_LENGTH with every request", "but found \\[\"CONTENT_LENGTH\"\\]");
  private static final Deviation JK_LENGTH =
      Deviation.of(
          "mod_jk sends a length with every request", "but found \\[\"CONTENT_LENGTH\"\\]");
  private static final Deviation JK_ENDING =
      Deviation.of(
          "mod_jk ends a response that broke off as if whole, with an error page behind it",
          "expected: BROKEN_OFF but was: WHOLE|expected: 200 but was: 504|but was: \"[^<\"]*<");
  private static final Deviation JK_CHUNKS =
      Deviation.of(
          "mod_jk closes the connection without an answer", "the connection ended after \"\"");

  private static final Deviation OTHER_PROCESS =
      Deviation.of(
          "mod_fcgid gives a process one request at a time: two of the same process can't meet",
          "expected: \"(False|True|met|block 1;|block 0;block 1;|first;second;)\" but was: |expected \\d+ bytes, the body ended");
  private static final Deviation FCGID_LENGTH =
      Deviation.of(
          "mod_fcgid sends a CONTENT_LENGTH with every request",
          "but found \\[\"CONTENT_LENGTH\"\\]");
  private static final Deviation FCGID_ENDING =
      Deviation.of(
          "mod_fcgid ends a response that broke off as if whole, with an error page behind it",
          "expected: BROKEN_OFF but was: WHOLE|expected: 200 but was: 504|but was: \"[^<\"]*<");
  private static final Deviation FCGID_CHUNKS =
      Deviation.of(
          "mod_fcgid hands on what it could read of a malformed chunked upload, as if it were whole",
          "expected: 400 but was: 200");

  static final Deviation PROCESS_EACH =
      Deviation.of(
          "CGI has a process for each request: two can't meet, and the flags say so",
          "expected: \"(False|True|met|block 1;|block 0;block 1;|first;second;)\" but was: |expected \\d+ bytes, the body ended");
  private static final Deviation CGI_ENDING =
      Deviation.of(
          "CGI has no way to say that a response broke off, where it has no Content-Length",
          "expected: BROKEN_OFF but was: WHOLE");

  private static final Deviation RESET_MISSED =
      Deviation.atTimes(
          "SCGI and uwsgi tell by a reset that a response broke off, which Apache may take for its end",
          "expected: BROKEN_OFF but was: WHOLE");
  private static final Deviation CGI_FCGI_CHUNKS =
      Deviation.of(
          "cgi-fcgi hands on as many bytes as CONTENT_LENGTH says: of a chunked upload none",
          "but was: \"(\\|*end|0 e3b0c442)|EOFException: the connection ended after \"\"");
  private static final Deviation CGI_FCGI_UNREAD =
      Deviation.atTimes(
          "cgi-fcgi ends with the answer, and mod_cgid drops it where it can't hand the upload over",
          "EOFException: the connection ended after \"\"");

  private ApacheDeviations() {}

  /** See {@link FrontDeviations}. */
  static Map<String, Deviation> of(Front front) {
    Map<String, Deviation> known = new TreeMap<>();
    known.put("repeatedHeadersAreJoined", REQUEST_LISTS);
    known.put("continueIsNotSentWhereNobodyReads", ASKED_FOR);
    known.put("continueIsNeverSentAfterTheHead", ASKED_FOR);
    known.put("noBody(GET, 304, 5)", LENGTH_OF_304);
    known.put("noBody(HEAD, 304, 5)", LENGTH_OF_304);
    known.put("pathThatHttpForbidsIsExactOrRefused(/environ/a%00b)", NUL);
    switch (front) {
      case APACHE_PROXY_FCGI,
          APACHE_PROXY_FCGI_REUSE,
          APACHE_HANDLER_FCGI,
          APACHE_HANDLER_FCGI_REUSE -> {
        known.put("chunkedUploadHasNoLength", SPOOLED);
        known.put("repeatedHeadersGoOutAsTheyAre", RESPONSE_LISTS);
        known.put("serverNameWithoutAHost", NO_PORT);
      }
      case APACHE_PROXY_SCGI -> {
        chunksAreRefused("mod_proxy_scgi", known);
        brokenOff(RESET_MISSED, known);
        known.put("repeatedHeadersGoOutAsTheyAre", RESPONSE_LISTS);
        known.put("serverNameWithoutAHost", NO_PORT);
        known.put("contentTypeAndLengthAreAbsentRatherThanEmpty", SCGI_LENGTH);
      }
      case APACHE_PROXY_UWSGI -> {
        chunksAreRefused("mod_proxy_uwsgi", known);
        brokenOff(RESET_MISSED, known);
        known.put("serverNameWithoutAHost", NO_PORT);
      }
      case APACHE_FCGID -> {
        known.put("streamsToHttp10", OTHER_PROCESS);
        known.put("eachBlockIsSentBeforeTheNextIsAskedFor", OTHER_PROCESS);
        known.put("headGoesWithTheFirstWrite", OTHER_PROCESS);
        known.put("flagsAreTrueToTheDeployment", OTHER_PROCESS);
        known.put("chunkedUploadHasNoLength", SPOOLED);
        known.put("repeatedHeadersGoOutAsTheyAre", RESPONSE_LISTS);
        known.put("serverNameWithoutAHost", NO_PORT);
        known.put("contentTypeAndLengthAreAbsentRatherThanEmpty", FCGID_LENGTH);
        Deviation cut =
            Deviation.of(
                "mod_fcgid answers 500 to an upload that breaks off", "expected: 400 but was: 500");
        known.put("uploadThatBreaksOffIsNotWhole(Content-Length: 100)", cut);
        known.put("uploadThatBreaksOffIsNotWhole(Transfer-Encoding: chunked)", cut);
        brokenOff(FCGID_ENDING, known);
        malformedChunks(FCGID_CHUNKS, known);
      }
      case APACHE_CGID -> {
        known.put("streamsToHttp10", PROCESS_EACH);
        known.put("eachBlockIsSentBeforeTheNextIsAskedFor", PROCESS_EACH);
        known.put("headGoesWithTheFirstWrite", PROCESS_EACH);
        known.put("flagsAreTrueToTheDeployment", PROCESS_EACH);
        known.put("repeatedHeadersGoOutAsTheyAre", RESPONSE_LISTS);
        known.put("serverNameWithoutAHost", NO_PORT);
        known.put("excInfoIsRaisedAgainAfterTheHead", CGI_ENDING);
        known.put("failureAfterTheHead(fail-mid)", CGI_ENDING);
        known.put("failureAfterTheHead(fail-written)", CGI_ENDING);
        known.put("bodyIsClosedOnce(fails-later, 200, BROKEN_OFF)", CGI_ENDING);
        known.put("bodyIsClosedOnce(exits-later, 200, BROKEN_OFF)", CGI_ENDING);
        known.put("textInPlaceOfBytes", CGI_ENDING);
      }
      case APACHE_CGI_FCGI -> {
        known.put("repeatedHeadersGoOutAsTheyAre", RESPONSE_LISTS);
        known.put("serverNameWithoutAHost", NO_PORT);
        known.put("uploadThatNobodyReads(100000)", CGI_FCGI_UNREAD);
        known.put("uploadThatNobodyReads(3000000)", CGI_FCGI_UNREAD);
        known.put("chunkedUploadHasNoLength", CGI_FCGI_UNREAD);
        brokenOff(
            Deviation.atTimes(CGI_ENDING.reason(), "expected: BROKEN_OFF but was: WHOLE"), known);
        for (String key :
            List.of(
                "chunkedUpload",
                "chunkExtensionsAndTrailersAreNoData",
                "inputInChunks(read, one~two~three|end)",
                "inputInChunks(read(0), |one~two~three|end)",
                "inputInChunks(readline, one~|two~|three|end)",
                "inputInChunks(readline(2), on|e~|tw|o~|th|re|e|end)",
                "inputInChunks(readlines, one~|two~|three|end)",
                "inputInChunks(iteration, one~|two~|three|end)")) {
          known.put(key, CGI_FCGI_CHUNKS);
        }
      }
      case APACHE_JK -> {
        known.put("serverNameWithoutAHost", NO_PORT);
        known.put("contentTypeAndLengthAreAbsentRatherThanEmpty", JK_LENGTH);
        brokenOff(JK_ENDING, known);
        malformedChunks(JK_CHUNKS, known);
      }
      default -> {}
    }
    return known;
  }

  private static void chunksAreRefused(String module, Map<String, Deviation> known) {
    Deviation refused =
        Deviation.of(module + " refuses every chunked upload with 411", "\\b411\\b");
    known.put("chunkedUpload", refused);
    known.put("chunkedUploadHasNoLength", refused);
    known.put("chunkExtensionsAndTrailersAreNoData", refused);
    known.put("inputInChunks(read, one~two~three|end)", refused);
    known.put("inputInChunks(read(0), |one~two~three|end)", refused);
    known.put("inputInChunks(readline, one~|two~|three|end)", refused);
    known.put("inputInChunks(readline(2), on|e~|tw|o~|th|re|e|end)", refused);
    known.put("inputInChunks(readlines, one~|two~|three|end)", refused);
    known.put("inputInChunks(iteration, one~|two~|three|end)", refused);
    known.put("uploadThatBreaksOffIsNotWhole(Transfer-Encoding: chunked)", refused);
    known.put(
        "uploadThatBreaksOffIsNotWhole(Content-Length: 100)",
        Deviation.of(
            module + " answers 500 to an upload that breaks off", "expected: 400 but was: 500"));
    malformedChunks(refused, known);
  }

  private static void brokenOff(Deviation reason, Map<String, Deviation> known) {
    known.put("excInfoIsRaisedAgainAfterTheHead", reason);
    known.put("failureAfterTheHead(fail-mid)", reason);
    known.put("failureAfterTheHead(fail-mid-length)", reason);
    known.put("failureAfterTheHead(fail-written)", reason);
    known.put("tooFewBytesBreakTheConnectionOff", reason);
    known.put("bodyIsClosedOnce(fails-later, 200, BROKEN_OFF)", reason);
    known.put("bodyIsClosedOnce(exits-later, 200, BROKEN_OFF)", reason);
    known.put("textInPlaceOfBytes", reason);
  }

  private static void malformedChunks(Deviation reason, Map<String, Deviation> known) {
    known.put("malformedChunksAreRefused(zz\r\nabc\r\n0\r\n\r\n)", reason);
    known.put("malformedChunksAreRefused(3\r\nabcdef\r\n0\r\n\r\n)", reason);
    known.put("malformedChunksAreRefused(-3\r\nabc\r\n)", reason);
  }
}
