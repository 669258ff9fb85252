package dev.wsgibridge;

import java.util.Iterator;
import java.util.List;

/** Blocks that are all at hand. */
record BlockList(List<byte[]> blocks) implements Body {

  @Override
  public Iterator<byte[]> iterator() {
    return blocks.iterator();
  }

  @Override
  public long length() {
    long length = 0;
    for (byte[] block : blocks) {
      if (block == null) {
        throw Rule.BLOCK.broken("null");
      }
      length += block.length;
    }
    return length;
  }
}
