package dev.wsgibridge.launcher;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads gunicorn's {@code -b}, and makes our URL of it. */
final class ShortBind implements ITypeConverter<String> {

  private static final Pattern HOST_AND_PORT =
      Pattern.compile("([^:/\\[\\]]*|\\[[^/\\]]+\\]):(\\d{1,5})");

  private static final String UNIX = "unix:";

  @Override
  public String convert(String text) {
    Matcher tcp = HOST_AND_PORT.matcher(text);
    if (tcp.matches()) {
      String host = tcp.group(1);
      return "http://%s:%s".formatted(host.isEmpty() ? "0.0.0.0" : host, tcp.group(2));
    }
    if (text.startsWith(UNIX + "/")) {
      return "http+unix://" + text.substring(UNIX.length()).replaceFirst("^/+", "/");
    }
    if (text.equals("fd://0")) {
      return "http+fd:0";
    }
    if (text.contains("://") && !text.startsWith("fd:")) {
      return text;
    }
    throw new TypeConversionException(
        "found '%s', expected HOST:PORT, such as 127.0.0.1:8000, or unix:/PATH".formatted(text));
  }
}
