package dev.wsgibridge;

/**
 * An application around an application: PEP 3333, "Middleware: Components that Play Both Sides".
 *
 * <p>Whoever wraps a {@link Body} closes the inner one from its own {@code close}.
 */
@FunctionalInterface
public interface Middleware {

  /** The application that runs {@code inner} as this middleware sees fit. */
  Application wrap(Application inner);
}
