import java.io.IOException;

/** Ends this JVM when its stdin closes: the process that started it is gone, and nobody else would stop it. */
final class Tether {
  private Tether() {}

  static void tie() {
    Thread thread = new Thread(() -> {
      try {
        while (System.in.read() != -1) {
          // Nothing is ever sent; only the end matters.
        }
      } catch (IOException closed) {
        // The same as the end.
      }
      Runtime.getRuntime().halt(1);
    }, "tether");
    thread.setDaemon(true);
    thread.start();
  }
}
