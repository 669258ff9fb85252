package dev.wsgibridge.validate;

import dev.wsgibridge.Environ;
import dev.wsgibridge.Head;
import dev.wsgibridge.Header;
import dev.wsgibridge.Rule;
import dev.wsgibridge.StartResponse;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One response on its way from the application: what was said of it, and how far it has come.
 *
 * <p>It must not know its {@link CheckedBody}: it is what remains to tell that the body was lost.
 */
final class CheckedResponse implements StartResponse {

  /** What {@code wsgiref.validate} calls a good header name. */
  private static final Pattern PLAIN_NAME =
      Pattern.compile("[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?");

  private final StartResponse outer;
  private final Consumer<String> log;
  private final boolean isHead;
  private final String name;

  private @Nullable Head head;
  private boolean iterated;
  private long sent;
  private volatile boolean over;

  CheckedResponse(StartResponse outer, Environ environ, Consumer<String> log) {
    this.outer = outer;
    this.log = log;
    this.isHead = environ.method().equals("HEAD");
    this.name = environ.method() + " " + Rule.quoted(environ.scriptName() + environ.pathInfo());
  }

  @Override
  public Writer start(String status, List<Header> headers, @Nullable Throwable failure) {
    if (over) {
      throw Rule.AFTER_END.broken("start_response after the response's end");
    }
    if (head != null && failure == null) {
      throw Rule.START_TWICE.broken("a second call without a failure");
    }
    Head checked = Head.of(status, headers);
    checkNames(checked.headers());
    checkContent(checked);
    Writer writer = outer.start(status, headers, failure);
    if (writer == null) {
      throw Rule.WRITER_NULL.broken("null");
    }
    head = checked;
    return block -> write(writer, block);
  }

  private static void checkNames(List<Header> headers) {
    for (Header header : headers) {
      if (header.name().equalsIgnoreCase("Status")) {
        throw Rule.HEADER_STATUS.broken("Status: " + Rule.quoted(header.value()));
      }
      if (!PLAIN_NAME.matcher(header.name()).matches()) {
        throw Rule.HEADER_NAME_PLAIN.broken("header name " + Rule.quoted(header.name()));
      }
    }
  }

  private static void checkContent(Head head) {
    if (head.status() < 200) {
      throw Rule.STATUS_INTERIM.broken("status %d".formatted(head.status()));
    }
    boolean typed =
        head.headers().stream().anyMatch(header -> header.name().equalsIgnoreCase("Content-Type"));
    if (head.bodiless() && typed) {
      throw Rule.CONTENT_TYPE_FORBIDDEN.broken("one with " + head.status());
    }
    if (!head.bodiless() && !typed) {
      throw Rule.CONTENT_TYPE_MISSING.broken("none with " + head.status());
    }
    // 304 may say how long the response to a plain GET would be.
    if (head.status() == 204 && head.contentLength() >= 0) {
      throw Rule.CONTENT_LENGTH_FORBIDDEN.broken("one with " + head.status());
    }
  }

  private void write(Writer writer, byte[] block) throws IOException {
    if (over) {
      throw Rule.AFTER_END.broken("write() after the response's end");
    }
    if (iterated) {
      throw Rule.WRITE_IN_BODY.broken("write() while the body was iterated");
    }
    if (block == null) {
      throw Rule.BLOCK.broken("null given to write()");
    }
    add(block);
    writer.write(block);
  }

  /** The body is about to be iterated. */
  void iterate() {
    iterated = true;
  }

  /** How much of a file of this many bytes is wanted: no more than the Content-Length says. */
  long wanted(long length) {
    return head == null || !isCounted(head)
        ? length
        : Math.min(length, head.contentLength() - sent);
  }

  /** Takes a block that is on its way to the server, from write() or from the body. */
  void add(byte[] block) {
    if (head == null) {
      throw Rule.START_LATE.broken("a block of %d bytes before it".formatted(block.length));
    }
    if (block.length == 0) {
      return;
    }
    if (head.bodiless()) {
      throw Rule.BODY_FORBIDDEN.broken("%d bytes with %d".formatted(block.length, head.status()));
    }
    sent += block.length;
    if (isCounted(head) && sent > head.contentLength()) {
      throw Rule.BODY_TOO_LONG.broken(
          "%d bytes for a Content-Length of %d".formatted(sent, head.contentLength()));
    }
  }

  /** There are no more blocks. */
  void finish() {
    if (head == null) {
      throw Rule.START_MISSING.broken("no call of it");
    }
    if (isCounted(head) && sent < head.contentLength()) {
      throw Rule.BODY_TOO_SHORT.broken(
          "%d bytes for a Content-Length of %d".formatted(sent, head.contentLength()));
    }
  }

  /** Whether the body has to be as long as the Content-Length says. */
  private boolean isCounted(Head head) {
    return head.contentLength() >= 0 && !isHead && !head.bodiless();
  }

  /** The body was closed, or there is none. */
  void end() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  /** The body was garbage-collected: too late to throw anything at anybody. */
  void lost() {
    if (!over) {
      log.accept(Rule.BODY_NOT_CLOSED.message("the body of %s, thrown away open".formatted(name)));
    }
  }
}
