package dev.wsgibridge.codec;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Bytes to send: put one by one, or spliced in as buffers that are sent from where they are. To be
 * used again after {@link #clear}. Not thread-safe.
 */
public final class Output {

  private static final int INITIAL_BYTES = 1024;

  private byte[] bytes = new byte[INITIAL_BYTES];
  private int length;

  /** Where in {@link #bytes} each of {@link #spliced} belongs. */
  private int[] splices = new int[8];

  private final List<ByteBuffer> spliced = new ArrayList<>();

  /** Where a record begins that may still grow; -1 where there is none. */
  private int record = -1;

  /** The lowest 8 bits. */
  public void put(int octet) {
    room(1);
    bytes[length++] = (byte) octet;
  }

  /** The lowest 16 bits, the high ones first. */
  public void putShort(int number) {
    room(2);
    bytes[length++] = (byte) (number >>> 8);
    bytes[length++] = (byte) number;
  }

  /** All of it. */
  public void put(byte[] block) {
    room(block.length);
    System.arraycopy(block, 0, bytes, length, block.length);
    length += block.length;
  }

  /** The rest of a buffer, copied. */
  public void put(ByteBuffer block) {
    int count = block.remaining();
    room(count);
    block.get(bytes, length, count);
    length += count;
  }

  /** Each character as one byte; characters above U+00FF become question marks. */
  public void putLatin1(String text) {
    int count = text.length();
    room(count);
    for (int i = 0; i < count; i++) {
      char c = text.charAt(i);
      bytes[length++] = (byte) (c <= 0xFF ? c : '?');
    }
  }

  /** A buffer that is sent from where it is: it stays untouched until then. */
  public void splice(ByteBuffer block) {
    if (spliced.size() == splices.length) {
      splices = Arrays.copyOf(splices, 2 * splices.length);
    }
    splices[spliced.size()] = length;
    spliced.add(block);
    record = -1;
  }

  /** A record begins here, which may grow until something is spliced in or all is cleared. */
  void beginRecord() {
    record = length;
  }

  /** The position of the record that was begun last; -1 where it can't grow any more. */
  int record() {
    return record;
  }

  /** The two bytes at {@code position}, the high one first. */
  int shortAt(int position) {
    return ((bytes[position] & 0xFF) << 8) | (bytes[position + 1] & 0xFF);
  }

  /** Takes back what was put from {@code position} on. */
  byte[] takeBack(int position) {
    byte[] tail = Arrays.copyOfRange(bytes, position, length);
    length = position;
    record = -1;
    return tail;
  }

  /** How many bytes were put until now, without the spliced ones. */
  public int position() {
    return length;
  }

  /** Writes two bytes over those at {@code position}, the high one first. */
  public void setShort(int position, int number) {
    bytes[position] = (byte) (number >>> 8);
    bytes[position + 1] = (byte) number;
  }

  /** Writes spaces over control characters but tabs, from {@code position} on. */
  void blank(int position) {
    for (int i = position; i < length; i++) {
      if ((bytes[i] >= 0 && bytes[i] < ' ' && bytes[i] != '\t') || bytes[i] == 0x7F) {
        bytes[i] = ' ';
      }
    }
  }

  /** Whether there is nothing to send. */
  public boolean isEmpty() {
    return length == 0 && spliced.isEmpty();
  }

  /** All of it in order: views of this output's memory, good until {@link #clear}. */
  public ByteBuffer[] buffers() {
    if (spliced.isEmpty()) {
      return new ByteBuffer[] {ByteBuffer.wrap(bytes, 0, length)};
    }
    List<ByteBuffer> all = new ArrayList<>(2 * spliced.size() + 1);
    int from = 0;
    for (int i = 0; i < spliced.size(); i++) {
      if (splices[i] > from) {
        all.add(ByteBuffer.wrap(bytes, from, splices[i] - from));
        from = splices[i];
      }
      all.add(spliced.get(i));
    }
    if (length > from) {
      all.add(ByteBuffer.wrap(bytes, from, length - from));
    }
    return all.toArray(ByteBuffer[]::new);
  }

  /** Forgets all of it, and memory that was only needed once. */
  public void clear() {
    length = 0;
    spliced.clear();
    record = -1;
    if (bytes.length > 16 * INITIAL_BYTES) {
      bytes = new byte[INITIAL_BYTES];
    }
  }

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, more)));
    }
  }
}
