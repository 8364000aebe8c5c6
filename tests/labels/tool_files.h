/* Label files as other tools write them, typed from their documentation; photos a.jpg, b.jpg,
 * c.jpg. For the tests of the formats and as seeds of the fuzz targets. */
#ifndef TESTS_LABELS_TOOL_FILES_H
#define TESTS_LABELS_TOOL_FILES_H

/* Members of a task: https://labelstud.io/guide/task_format ("Relevant JSON property
 * descriptions"), also in HumanSignal/label-studio, docs/source/includes/task_format.md; ids of
 * annotations are numbers in its API and text in that page's example. value.taxonomy is a list of
 * paths: https://labelstud.io/tags/taxonomy. Local files: https://labelstud.io/guide/storage
 * ("Local storage"). a.jpg: two annotations, the ground truth counts; b.jpg: skipped; c.jpg:
 * parents chosen along. */
static const char LABEL_STUDIO_FILE[] =
    "[\n"
    "  {\"id\": 1, \"created_at\": \"2021-03-09T21:52:49.513742Z\", \"updated_at\": "
    "\"2021-03-09T22:16:08.746926Z\", \"project\": 83,\n"
    "   \"data\": {\"image\": \"/data/local-files/?d=./a%2Ejpg\"},\n"
    "   \"annotations\": [\n"
    "    {\"id\": \"1001\", \"result\": [{\"from_name\": \"path\", \"id\": \"Dx_aB91ISN\", \"source\": "
    "\"$image\", \"to_name\": \"img\", \"type\": \"taxonomy\", \"value\": {\"taxonomy\": [[\"food\", "
    "\"drink\", \"coffee\"]]}}],\n"
    "     \"was_cancelled\": false, \"ground_truth\": true, \"created_at\": "
    "\"2021-03-09T22:16:08.728353Z\", \"updated_at\": \"2021-03-09T22:16:08.728378Z\", \"lead_time\": "
    "4.288, \"result_count\": 0, \"task\": 1, \"completed_by\": 10},\n"
    "    {\"id\": 1002, \"result\": [{\"from_name\": \"path\", \"id\": \"x\", \"to_name\": \"img\", "
    "\"type\": \"taxonomy\", \"value\": {\"taxonomy\": [[\"tools\"]]}}],\n"
    "     \"was_cancelled\": false, \"ground_truth\": false, \"updated_at\": "
    "\"2022-03-09T22:16:08Z\", \"completed_by\": {\"id\": 3, \"email\": \"a@example.com\"}}],\n"
    "   \"predictions\": [{\"created_ago\": \"3 hours\", \"model_version\": \"model 1\", \"score\": 0.81, "
    "\"result\": [{\"from_name\": \"path\", \"id\": \"t5sp3TyXPo\", \"source\": \"$image\", \"to_name\": "
    "\"img\", \"type\": \"taxonomy\", \"value\": {\"taxonomy\": [[\"food\", \"bread\"]]}}]}]},\n"
    "  {\"id\": 2, \"data\": {\"image\": \"b.jpg\"}, \"annotations\": [{\"id\": 1003, \"result\": [], "
    "\"was_cancelled\": true}], \"drafts\": [], \"predictions\": []},\n"
    "  {\"id\": 3, \"data\": {\"image\": \"c.jpg\"}, \"annotations\": [{\"id\": 1004, \"was_cancelled\": "
    "false, \"lead_time\": null,\n"
    "    \"result\": [{\"type\": \"rectanglelabels\", \"value\": {\"x\": 50.8, \"rectanglelabels\": "
    "[\"Moonwalker\"]}}, {\"type\": \"taxonomy\", \"value\": {\"taxonomy\": [[\"food\"], [\"food\", "
    "\"bread\"]]}}]}]}\n"
    "]\n";

/* https://prodi.gy/docs/api-interfaces#choice and #classification (image tasks, "accept" with the
 * ids of options, "answer"); the underscored members as `db-out` adds them. */
static const char PRODIGY_FILE[] =
    "{\"image\":\"a.jpg\",\"options\":[{\"id\":\"food/drink/coffee\",\"text\":\"coffee\"},{\"id\":"
    "\"food/drink/tea\",\"text\":\"tea\"}],\"accept\":[\"food/drink/coffee\"],\"answer\":\"accept\","
    "\"meta\":{\"score\":0.81},\"_input_hash\":-1080010644,\"_task_hash\":-1728445858,\"_view_id\":"
    "\"choice\",\"_session_id\":\"set-anna\",\"_timestamp\":1615328168}\n"
    "{\"image\":\"b.jpg\",\"options\":[{\"id\":1,\"text\":\"food > bread\"},{\"id\":2,\"text\":\"tools\"}],"
    "\"accept\":[1],\"answer\":\"accept\"}\n"
    "{\"image\":\"c.jpg\",\"label\":\"tools\",\"answer\":\"reject\"}\n"
    "{\"image\":\"c.jpg\",\"label\":\"food/drink\",\"answer\":\"accept\"}\n"
    "{\"image\":\"c.jpg\",\"label\":\"food/bread\",\"answer\":\"ignore\"}\n";

/* https://open-edge-platform.github.io/datumaro/stable/docs/data-formats/datumaro_format.html (its
 * example, with labels for boxes); infos and media_type as its exporter writes them. */
static const char DATUMARO_FILE[] =
    "{\n"
    "  \"dm_format_version\": \"1.0\", \"media_type\": 2, \"infos\": {\"task\": \"classification\"},\n"
    "  \"categories\": {\"label\": {\"labels\": [\n"
    "      {\"name\": \"food\", \"parent\": \"\", \"attributes\": []},\n"
    "      {\"name\": \"drink\", \"parent\": \"food\", \"attributes\": []},\n"
    "      {\"name\": \"coffee\", \"parent\": \"drink\", \"attributes\": []},\n"
    "      {\"name\": \"food/bread\", \"parent\": \"food\", \"attributes\": []}],\n"
    "    \"label_groups\": [{\"name\": \"Label\", \"group_type\": \"exclusive\", \"labels\": [\"coffee\", "
    "\"food/bread\"]}], \"attributes\": []},\n"
    "   \"mask\": {\"colormap\": [{\"label_id\": 1, \"r\": 255, \"g\": 255, \"b\": 255}]}},\n"
    "  \"items\": [\n"
    "    {\"id\": \"a\", \"annotations\": [{\"id\": 0, \"type\": \"label\", \"attributes\": {}, \"group\": "
    "0, \"label_id\": 0}, {\"id\": 1, \"type\": \"label\", \"attributes\": {}, \"group\": 0, "
    "\"label_id\": 2}],\n"
    "     \"image\": {\"path\": \"a.jpg\", \"size\": [480, 640]}},\n"
    "    {\"id\": \"b\", \"annotations\": [{\"id\": 0, \"type\": \"label\", \"attributes\": {}, \"group\": "
    "0, \"label_id\": 3}, {\"id\": 1, \"type\": \"bbox\", \"label_id\": 1, \"bbox\": [1.0, 2.0, 3.0, "
    "4.0]}], \"image\": {\"path\": \"b.jpg\"}},\n"
    "    {\"id\": \"c.jpg\", \"annotations\": []}\n"
    "  ]\n"
    "}\n";

/* https://github.com/visipedia/inat_comp/tree/master/2021#annotation-format: COCO
 * (https://cocodataset.org/#format-data) without boxes; latitude and the like may be NaN. bus and
 * person as in COCO's own categories: below a name that is no category, and below itself. */
static const char COCO_FILE[] =
    "{\"info\": {\"year\": 2021, \"version\": \"1\", \"description\": \"\", \"contributor\": \"\", \"url\": "
    "\"\", \"date_created\": \"2021-02-13 00:00:00\"},\n"
    " \"images\": [\n"
    "  {\"id\": 1, \"width\": 640, \"height\": 480, \"file_name\": \"a.jpg\", \"license\": 0, "
    "\"rights_holder\": \"\", \"date\": \"2012-07-09\", \"latitude\": NaN, \"longitude\": -75.5, "
    "\"location_uncertainty\": NaN},\n"
    "  {\"id\": 2, \"width\": 640, \"height\": 480, \"file_name\": \"b.jpg\"},\n"
    "  {\"id\": 10, \"width\": 640, \"height\": 480, \"file_name\": \"c.jpg\"}],\n"
    " \"categories\": [\n"
    "  {\"id\": 3, \"name\": \"coffee\", \"supercategory\": \"drink\", \"common_name\": \"Coffee\", "
    "\"kingdom\": \"Plantae\", \"specific_epithet\": \"x\", \"image_dir_name\": \"00003\"},\n"
    "  {\"id\": 2, \"name\": \"drink\", \"supercategory\": \"food\"},\n"
    "  {\"id\": 6, \"name\": \"bus\", \"supercategory\": \"vehicle\"},\n"
    "  {\"id\": 1, \"name\": \"person\", \"supercategory\": \"person\"}],\n"
    " \"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 3}, {\"id\": 2, \"image_id\": 2, "
    "\"category_id\": 6},\n"
    "  {\"id\": 3, \"image_id\": 10, \"category_id\": 1, \"iscrowd\": 0, \"area\": 3.5, \"bbox\": "
    "[1,2,3,4], \"segmentation\": [[1.5, 2.5]]}],\n"
    " \"licenses\": [{\"id\": 0, \"name\": \"CC\", \"url\": \"http://example.com\"}]}\n";

/* https://huggingface.co/docs/datasets/image_dataset ("ImageFolder": metadata.jsonl has file_name
 * and columns of any name). */
static const char HUGGING_FACE_FILE[] =
    "{\"file_name\": \"a.jpg\", \"label\": \"food/drink/coffee\", \"text\": \"This is a cup\"}\n"
    "{\"file_name\": \"b.jpg\", \"label\": [\"food\", \"bread\"], \"objects\": {\"bbox\": [[302.0, 109.0, "
    "73.0, 52.0]], \"categories\": [0]}}\r\n"
    "\n"
    "{\"file_name\": \"c.jpg\", \"label1\": \"tools\", \"label2\": null, \"split\": \"val\"}";

#endif
