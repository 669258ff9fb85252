package dev.wsgibridge.examples;

import java.math.BigDecimal;
import java.util.Map;
import java.util.NoSuchElementException;

/** {@link Prices} by a list; in a Spring application a {@code @Service}. */
public final class PriceList implements Prices {

  private final Map<String, BigDecimal> perPiece;

  /** A list of two. */
  public PriceList() {
    this(Map.of("tea", new BigDecimal("2.40"), "cake", new BigDecimal("3.15")));
  }

  /** A list of the caller's: articles and what a piece of them costs. */
  public PriceList(Map<String, BigDecimal> perPiece) {
    this.perPiece = Map.copyOf(perPiece);
  }

  @Override
  public BigDecimal of(String article, int count) {
    if (count < 1) {
      throw new IllegalArgumentException("count: found " + count + ", expected 1 or more");
    }
    BigDecimal price = perPiece.get(article);
    if (price == null) {
      throw new NoSuchElementException(article);
    }
    return price.multiply(BigDecimal.valueOf(count));
  }
}
