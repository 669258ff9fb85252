package dev.wsgibridge.codec;

/** A number as CGI writes it. */
final class Digits {

  /** What surely fits. */
  private static final int LONGEST = 18;

  private Digits() {}

  /** 0 or more; -1 where the text is empty, too long, or has anything but digits in it. */
  static long number(String text) {
    if (text.isEmpty() || text.length() > LONGEST) {
      return -1;
    }
    long number = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      number = 10 * number + c - '0';
    }
    return number;
  }
}
