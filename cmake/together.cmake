# lively_together(target): where CMAKE_UNITY_BUILD asks for it, which the release preset does, the files of
# a folder are compiled as one, or, from 41 files on, as two, a-l and m-z: what they include and
# instantiate alike, which is most of a small file, is compiled once. A local name that a file has and a
# neighbour of its part has as well is an error then (functions with other parameters overload). Files
# with options of their own stay alone, and those with the property SKIP_UNITY_BUILD_INCLUSION. All other
# presets compile every file alone, and the clang preset without precompiled headers, so that each has to
# include what it uses. The global property LIVELY_TOGETHER has "file target/part" of each.
function(lively_together target)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  set(folders)
  foreach(source IN LISTS sources)
    get_filename_component(path ${source} ABSOLUTE)
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${path})
    get_filename_component(folder ${path} DIRECTORY)
    list(APPEND folders ${folder})
  endforeach()
  foreach(source folder IN ZIP_LISTS sources folders)
    set(of_folder ${folders})
    list(FILTER of_folder INCLUDE REGEX "^${folder}$")
    list(LENGTH of_folder files)
    get_filename_component(path ${source} ABSOLUTE)
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${path})
    get_filename_component(name ${source} NAME)
    set(part a)
    if(files GREATER 40 AND name STRGREATER_EQUAL "m")
      set(part m)
    endif()
    string(MAKE_C_IDENTIFIER "${folder}_from_${part}" group)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
    set_property(GLOBAL APPEND PROPERTY LIVELY_TOGETHER "${path} ${target}/${group}")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()
