package dev.wsgibridge.contract;

/** The fine points of PEP 3333 and CGI that good gateways get right: each holds on every server. */
enum Point {
  ENVIRON("environ is exactly a builtin dict; CGI values are str"),
  STRINGS("only U+0000 to U+00FF, bytes as latin-1, both ways; anything else is refused"),
  PATH_INFO("the percent-decoded bytes as latin-1; ;params kept"),
  REQUEST_URI("nothing is collapsed; REQUEST_URI and RAW_URI tell what PATH_INFO can't"),
  SCRIPT_NAME("never /, never a trailing slash; SCRIPT_NAME + PATH_INFO is the decoded path"),
  SERVER_NAME("SERVER_NAME and SERVER_PORT are never empty"),
  QUERY_STRING("always set, empty where there is none"),
  CONTENT_HEADERS("CONTENT_TYPE and CONTENT_LENGTH by bare names only, absent rather than empty"),
  REPEATED_HEADERS("joined with a comma; Cookie with a semicolon"),
  REMOTE_USER("left out where there is none, as its like"),
  LATE_START("start_response as late as the first iteration; the head goes with the first bytes"),
  EXC_INFO("before the head is sent it replaces the head; afterwards it is raised again"),
  START_TWICE("a second start_response without exc_info is an error"),
  WRITE("write() exists; its bytes precede the iterable's"),
  CLOSE("called on the returned object, once, on every path: end, error, client gone"),
  ONE_ELEMENT("a body of one element without write() may get a Content-Length"),
  CONTENT_LENGTH("too many bytes: cut and stop; too few: close the connection and log"),
  NO_DELAY("each block is sent before the next one is asked for"),
  ITERATION("iter() is called once on the iterable, then next() on what it returned"),
  EMPTY("an empty iterable: headers still go out"),
  NO_BODY("HEAD, 1xx, 204, 304: no body; HEAD and 304 keep Content-Length, 1xx and 204 drop it"),
  HOP_BY_HOP("from the application: an error, told in start_response"),
  CONTROL_CHARACTERS("in status, name or value: an error, told in start_response"),
  INPUT("every way to read wsgi.input; b\"\" at the end; never past CONTENT_LENGTH"),
  CHUNKED("an upload in chunks is decoded; wsgi.input_terminated is true"),
  EXPECT("100-continue is answered on the first read, once, never after the head"),
  FILE_WRAPPER("from the current position; honours Content-Length; closes; needs no descriptor"),
  URL_SCHEME("https only where the server says that the connection is secure"),
  FLAGS("multithread, multiprocess and run_once are true to the deployment"),
  CLIENT_GONE("the body is closed, nothing is logged as an application error"),
  FATAL("SystemExit, or an Error: 500 for that request; the server goes on"),
  NOT_BYTES("the first block is a str: 500, with a message that says bytes were expected"),
  PIPELINED("all answered, in order"),

  // What the list has no row for, and the issue, RFC 3875 or security-lessons.md ask for.
  FAILURE("before the head 500 without a detail, after it a broken connection; the log has it all"),
  ISOLATION("nothing of one request's environ reaches the next"),
  SPOOFING("no header poses as another, or as what only the server may say"),
  ERRORS("wsgi.errors, what is printed and what is logged reach the server's log"),
  HTTP("what HTTP forbids gets 400; an upload that breaks off is never taken for whole");

  private final String rule;

  Point(String rule) {
    this.rule = rule;
  }

  /** What has to hold. */
  String rule() {
    return rule;
  }
}
