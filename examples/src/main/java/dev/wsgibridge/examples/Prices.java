package dev.wsgibridge.examples;

import java.math.BigDecimal;
import java.util.NoSuchElementException;

/** A service as Spring applications have them: who needs it knows this interface alone. */
public interface Prices {

  /**
   * What some pieces of an article cost, in euros.
   *
   * @throws NoSuchElementException there is no such article
   * @throws IllegalArgumentException {@code count} is less than 1
   */
  BigDecimal of(String article, int count);
}
