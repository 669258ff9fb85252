package dev.wsgibridge.codec;

import java.util.List;

/**
 * What a front sends, byte for byte.
 *
 * @param front as the front's side in these tests writes it
 * @param events as {@link Heard} has them
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RequestVector(String name, byte[] front, byte[] octets, List<String> events) {

  /** By {@code front}. */
  static RequestVector request(String name, byte[] front, String octets, String... events) {
    return new RequestVector(name, front, Octets.of(octets), List.of(events));
  }

  /** What no front of these tests has a word for. */
  static RequestVector raw(String name, String octets, String... events) {
    return request(name, Octets.of(octets), octets, events);
  }

  @Override
  public String toString() {
    return name;
  }
}
