// pkgdown's search leads to paths below the root of a host: what is found here is below this site's own root.
// And its list of a page's headings comes from a script that npm does not have.
window.Toc = {
  init({ $nav, $scope }) {
    const list = $('<ul class="nav navbar-nav"></ul>').appendTo($nav.attr("data-toggle", "toc"));
    $scope.filter("h2, h3").each(function () {
      const id = this.id || this.parentElement.id;
      const item = $('<li class="nav-item"><a class="nav-link"></a></li>');
      item.children().attr("href", `#${id}`).text($(this).clone().find(".anchor").remove().end().text());
      if (id) list.append(item);
    });
  },
};

(function ($) {
  $(function () {
    const input = $("#search-input");
    input.on("autocomplete:selected", function (event, found) {
      const root = new URL(input.data("search-index").replace("search.json", ""), window.location.href);
      const page = new URL(found.path.replace(/^\//, ""), root);
      page.searchParams.set("q", input.val());
      page.hash = found.id || "";
      window.location.href = page.href;
    });
  });
})(window.jQuery);
