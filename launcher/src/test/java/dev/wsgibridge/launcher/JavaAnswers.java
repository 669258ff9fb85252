package dev.wsgibridge.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wsgibridge.Application;
import dev.wsgibridge.Body;
import dev.wsgibridge.Environ;
import dev.wsgibridge.StartResponse;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.text.Collator;
import java.text.DateFormat;
import java.text.DecimalFormatSymbols;
import java.text.NumberFormat;
import java.util.Arrays;
import java.util.Date;
import java.util.Locale;
import java.util.Scanner;
import java.util.TimeZone;

/** What the locale and the environment mean to Java; as a program it says so of a JVM alone. */
public final class JavaAnswers implements Application {

  @Override
  public Body call(Environ environ, StartResponse start) throws IOException {
    start.start("200 OK");
    return Body.of(answers());
  }

  // The default locale and charset are what is asked for.
  @SuppressWarnings({"DefaultLocale", "DefaultCharset", "StringCaseLocaleUsage", "JavaUtilDate"})
  private static String answers() throws IOException {
    StringBuilder answers = new StringBuilder();
    for (Locale.Category category : Locale.Category.values()) {
      answers.append(category).append(' ').append(Locale.getDefault(category)).append('\n');
    }
    for (String property :
        new String[] {"native.encoding", "sun.jnu.encoding", "file.encoding", "user.language"}) {
      answers.append(property).append(' ').append(System.getProperty(property)).append('\n');
    }
    DateFormat dates = DateFormat.getDateTimeInstance(DateFormat.FULL, DateFormat.FULL);
    dates.setTimeZone(TimeZone.getTimeZone("UTC"));
    Process child = new ProcessBuilder("printf", "%s", "\u00e4").start();
    Object[] others = {
      Locale.getDefault(),
      Charset.defaultCharset(),
      DecimalFormatSymbols.getInstance().getDecimalSeparator(),
      NumberFormat.getInstance().format(1234.5),
      String.format("%.1f %,d %tA", 2.5, 1234567, new Date(0)),
      Double.parseDouble("2.5"),
      new Scanner("2,5").hasNextDouble(),
      dates.format(new Date(0)),
      "TITLE".toLowerCase() + "title".toUpperCase(),
      Collator.getInstance().compare("z", "\u00e4"),
      Arrays.toString(child.getInputStream().readAllBytes()),
      System.getenv("LC_ALL"),
      System.getenv("CITY"),
      TimeZone.getDefault().getID(),
      Path.of("").toAbsolutePath(),
    };
    for (Object other : others) {
      answers.append(other).append('\n');
    }
    return answers.toString();
  }

  public static void main(String[] arguments) throws IOException {
    System.out.write(answers().getBytes(UTF_8));
    System.out.flush();
  }
}
