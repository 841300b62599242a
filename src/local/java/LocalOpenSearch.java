import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.Version;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.PluginInfo;

/**
 * One OpenSearch node on the loopback address, from jars on the class path instead of an installed distribution.
 * Arguments: the node's folder, its HTTP port (0 = any free one), then settings as key=value and the main classes of
 * further plugins on the class path as +class.
 * Prints "READY port" on stdout once it answers.
 */
public final class LocalOpenSearch {
  private static final String PAINLESS = "org.opensearch.painless.PainlessModulePlugin";

  /** A distribution finds these in its modules folder; from a class path they must be named. */
  private static final List<PluginInfo> MODULES = List.of(
      module("org.opensearch.transport.Netty4ModulePlugin"),
      module("org.opensearch.index.reindex.ReindexModulePlugin"),
      module("org.opensearch.index.mapper.MapperExtrasModulePlugin"),
      module("org.opensearch.analysis.common.CommonAnalysisModulePlugin", PAINLESS),
      module("org.opensearch.ingest.common.IngestCommonModulePlugin", PAINLESS),
      module(PAINLESS));

  private LocalOpenSearch() {}

  /** Only a subclass may say which plugins stand on the class path. */
  private static final class ClassPathNode extends Node {
    ClassPathNode(Settings settings, List<PluginInfo> plugins) {
      super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "local"), plugins, false);
    }
  }

  private static PluginInfo module(String name, String... extended) {
    return new PluginInfo(name, "on the class path", "NA", Version.CURRENT, "21", name, null, List.of(extended), false);
  }

  private static List<PluginInfo> plugins(String[] args) {
    List<PluginInfo> plugins = new ArrayList<>(MODULES);
    for (String arg : args) if (arg.startsWith("+")) plugins.add(module(arg.substring(1)));
    return plugins;
  }

  private static Settings settings(String[] args) {
    Settings.Builder settings = Settings.builder()
        .put("path.home", Path.of(args[0]).toAbsolutePath().toString())
        .put("cluster.name", "shardline-local")
        .put("node.name", "local")
        .put("discovery.type", "single-node")
        .put("network.host", "127.0.0.1")
        .put("http.port", args[1])
        .put("transport.port", "0")
        .put("cluster.routing.allocation.disk.threshold_enabled", false);
    for (String setting : List.of(args).subList(2, args.length)) {
      if (setting.startsWith("+")) continue;
      String[] parts = setting.split("=", 2);
      List<String> values = new ArrayList<>(List.of(parts[1].split(",")));
      if (values.size() > 1) settings.putList(parts[0], values);
      else settings.put(parts[0], parts[1]);
    }
    return settings.build();
  }

  public static void main(String[] args) throws Exception {
    Tether.tie();
    Node node = new ClassPathNode(settings(args), plugins(args));
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        node.close();
      } catch (Exception failure) {
        failure.printStackTrace();
      } finally {
        closed.countDown();
      }
    }, "close"));
    node.start();
    int port = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
    System.out.println("READY " + port);
    closed.await();
  }
}
