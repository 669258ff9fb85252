package dev.wsgibridge;

/** An application or a server broke one of WSGI's rules; the message says which, and the cure. */
public final class RuleBrokenException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private final Rule rule;

  RuleBrokenException(Rule rule, String message) {
    super(message);
    this.rule = rule;
  }

  /** The rule that was broken. */
  public Rule rule() {
    return rule;
  }
}
